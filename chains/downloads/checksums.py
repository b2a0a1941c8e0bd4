"""The sha256 of files, kept beside the downloads so that a large file is hashed once."""

import hashlib
import json
import os
from pathlib import Path


def sha256_of(path: Path) -> str:
    """The sha256 of a file. Raises OSError."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def kept_sha256(path: Path, folder: Path) -> str:
    """The sha256 of a file; kept in ``folder`` until the file's size or modification time changes. Raises OSError."""
    stamp = _stamp(path)
    try:
        kept = json.loads(_place(path, folder).read_text(encoding="utf-8"))
        if kept["stamp"] == stamp:
            return str(kept["sha256"])
    except (OSError, ValueError, KeyError, TypeError):
        pass  # not hashed yet, or the entry is half written: hash again
    digest = sha256_of(path)
    keep_sha256(path, digest, folder)
    return digest


def keep_sha256(path: Path, digest: str, folder: Path) -> None:
    """Keep the sha256 of a file as it is now; where nothing can be written, nothing is kept."""
    place = _place(path, folder)
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        draft = place.with_suffix(f".{os.getpid()}")
        draft.write_text(json.dumps({"stamp": _stamp(path), "sha256": digest}), encoding="utf-8")
        draft.replace(place)
    except OSError:
        pass  # with a read-only cache, the file is hashed every time


def _stamp(path: Path) -> list[object]:
    status = path.stat()
    return [str(path.resolve()), status.st_size, status.st_mtime_ns]


def _place(path: Path, folder: Path) -> Path:
    return folder / f"{hashlib.sha256(str(path.resolve()).encode()).hexdigest()[:24]}.json"

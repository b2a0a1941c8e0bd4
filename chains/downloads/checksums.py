"""The sha256 of files, kept beside the downloads so that a large file is hashed once."""

import hashlib
import json
import os
from pathlib import Path

from chains.opening import Step, report


def sha256_of(path: Path) -> str:
    """The sha256 of a file. Raises OSError."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def kept_sha256(path: Path, folder: Path) -> str:
    """The sha256 of a file; kept in ``folder`` until the file's size or modification time changes. Raises OSError."""
    known = known_sha256(path, folder)
    if known is None:
        report(Step(f"reading {path.name}"))
        known = sha256_of(path)
        keep_sha256(path, known, folder)
    return known


def known_sha256(path: Path, folder: Path) -> str | None:
    """The sha256 of a file if it is kept in ``folder``; the file is not read. Raises OSError if there is no file."""
    stamp = _stamp(path)
    try:
        kept = json.loads(_place(path, folder).read_text(encoding="utf-8"))
        return str(kept["sha256"]) if kept["stamp"] == stamp else None
    except (OSError, ValueError, KeyError, TypeError):
        return None  # not hashed yet, or the entry is half written


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

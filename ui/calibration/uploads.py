"""Uploaded files of questions: what is taken, where it is kept, and for how long."""

import gzip
import hashlib
import re
import shutil
import zlib
from collections.abc import Collection
from pathlib import Path
from typing import BinaryIO, cast

from gradio.utils import get_upload_folder

from chains import CredenceError
from chains.calibration.store import calibration_folder
from evaluation.questions.layouts.containers import SUFFIXES, plain_suffix
from files.text import GZIP, PARQUET
from service.limits import UPLOAD

MOST_UNPACKED = 500_000_000  # bytes of a file, unpacked
MOST_ROWS = 1_000_000  # of a Parquet file, which can repeat a value at no cost
MOST_FILES = 50  # kept; the oldest that no calibration in progress needs goes first
CUT = 12  # characters of the checksum in front of a kept file's name
_CHUNK = 1 << 20
_COMMAND = "make calibrate QUESTIONS=FILE reads larger ones"


def keep_upload(path: str, name: str, needed: Collection[str] = ()) -> Path:
    """Copy a file that Gradio received to the folder of calibrations; ``needed`` are kept files in use.

    Raises CredenceError for a file that was not uploaded, is of another type, or is too large.
    """
    there = Path(path).resolve()
    if not path or not there.is_file() or not there.is_relative_to(Path(get_upload_folder()).resolve()):
        raise CredenceError(f"{name} was not uploaded: choose it again.")
    _check(there, name)
    folder = calibration_folder() / "uploads"
    folder.mkdir(parents=True, exist_ok=True)
    plain = re.sub(r"[^A-Za-z0-9._-]+", "_", Path(name).name)[-80:] or "questions.jsonl"
    kept = folder / f"{_digest(there)}-{plain}"
    shutil.copyfile(there, kept)
    _tidy(folder, {str(kept), *needed})
    return kept


def too_large(name: str, size: float) -> str:
    """Why a file is not taken.

    >>> too_large("all.csv", 300e6)
    'all.csv has 300 MB, and at most 50 MB can be uploaded: make calibrate QUESTIONS=FILE reads larger ones.'
    """
    return f"{name} has {size / 1e6:,.0f} MB, and at most {UPLOAD // 10**6} MB can be uploaded: {_COMMAND}."


def own_name(path: Path) -> str:
    """The original name of a kept file.

    >>> own_name(Path("uploads/0123456789ab-mine.jsonl"))
    'mine.jsonl'
    """
    return re.sub(rf"^[0-9a-f]{{{CUT}}}-", "", path.name)


def with_own_names(text: str) -> str:
    """An error message with the name of the person's file instead of the kept path."""
    return re.sub(rf"\S*/[0-9a-f]{{{CUT}}}-([A-Za-z0-9._-]+)", r"\1", text)


def _check(path: Path, name: str) -> None:
    if plain_suffix(Path(name)) not in (*SUFFIXES, ".txt", ""):
        raise CredenceError(
            f"{name} is not a file of questions: choose one that ends in {', '.join(SUFFIXES)}."
        )
    if path.stat().st_size > UPLOAD:
        raise CredenceError(too_large(name, path.stat().st_size))
    try:
        with path.open("rb") as file:
            packed = file.read(len(GZIP)) == GZIP
        with gzip.open(path) if packed else path.open("rb") as content:
            _check_content(cast(BinaryIO, content), name, packed)
    except (OSError, EOFError, zlib.error):
        return  # whoever reads it says in which way it is damaged


def _check_content(file: BinaryIO, name: str, packed: bool) -> None:
    while packed and file.read(_CHUNK):
        if file.tell() > MOST_UNPACKED:
            raise CredenceError(
                f"{name} has more than {MOST_UNPACKED // 10**6} MB when it is unpacked: {_COMMAND}."
            )
    file.seek(0)
    if file.read(len(PARQUET)) == PARQUET and _rows(file) > MOST_ROWS:
        raise CredenceError(f"{name} has too many rows: at most {MOST_ROWS:,} can be uploaded; {_COMMAND}.")


def _rows(file: BinaryIO) -> int:
    """The rows that a Parquet file declares; 0 if it cannot be read, as whoever reads it then says."""
    try:
        import pyarrow
        from pyarrow import parquet

        file.seek(0)
        return int(parquet.ParquetFile(pyarrow.BufferReader(file.read())).metadata.num_rows)
    except (ImportError, OSError, ValueError):  # pyarrow's own errors are of the last two kinds
        return 0


def _tidy(folder: Path, needed: Collection[str]) -> None:
    """Delete the oldest files beyond the limit."""
    files = sorted(folder.iterdir(), key=lambda file: file.stat().st_mtime, reverse=True)
    for file in files[MOST_FILES:]:
        if str(file) not in needed:
            file.unlink(missing_ok=True)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:CUT]

"""Reads the bytes or the text of a user's file, or says in a sentence why it cannot."""

import codecs
import gzip
import zlib
from pathlib import Path

from files.errors import BadFile

GZIP = b"\x1f\x8b"
PARQUET = b"PAR1"
# A longer mark comes before the shorter one that it begins with.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_OTHER_KINDS = (
    (b"%PDF", "a PDF"),
    (b"\x89PNG", "a picture (PNG)"),
    (b"\xff\xd8\xff", "a picture (JPEG)"),
    (b"GIF8", "a picture (GIF)"),
    (b"PK\x03\x04", "a ZIP archive or an Excel or Word file"),
    (b"\xd0\xcf\x11\xe0", "an old Excel or Word file"),
    (b"SQLite format 3", "an SQLite database"),
    (b"\x28\xb5\x2f\xfd", "a Zstandard archive"),
    (b"BZh", "a bzip2 archive"),
    (b"\xfd7zXZ", "an xz archive"),
    (b"ARROW1", "an Arrow file"),
    (PARQUET, "a Parquet file"),
)


def file_bytes(path: Path) -> bytes:
    """The bytes of a file, unpacked if it is gzipped.

    Raises BadFile for a file that is missing or cannot be read or unpacked.
    """
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise _absent(path) from None
    except OSError as error:
        raise _unreadable(path, error) from None
    if not data.startswith(GZIP):
        return data
    try:
        return gzip.decompress(data)
    except (OSError, EOFError, zlib.error) as error:
        raise _damaged(path, error) from None


def first_line(path: Path) -> bytes:
    """The first line of a file that is not blank, unpacked if it is gzipped; empty if there is none.

    Reads no more than it needs. Raises BadFile as ``file_bytes`` does.
    """
    try:
        with path.open("rb") as file:
            packed = file.read(len(GZIP)) == GZIP
        with gzip.open(path) if packed else path.open("rb") as lines:
            return next((line for line in lines if line.strip()), b"")
    except FileNotFoundError:
        raise _absent(path) from None
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise _damaged(path, error) from None
    except OSError as error:
        raise _unreadable(path, error) from None


def plain_name(path: Path) -> str:
    """The name of a file without a trailing .gz.

    >>> plain_name(Path("runs/first.jsonl.gz"))
    'first.jsonl'
    """
    return path.stem if path.suffix.lower() == ".gz" else path.name


def file_text(path: Path) -> str:
    """The text of a UTF-8 file, or of one whose byte-order mark names UTF-8, UTF-16 or UTF-32; gzipped or not.

    Line ends stay as they are. Raises BadFile for a file that is missing, is not text, or has another encoding.
    """
    return decoded(path, file_bytes(path))


def decoded(path: Path, data: bytes) -> str:
    """The text of a file's bytes; ``path`` only names it. Raises BadFile as ``file_text`` does."""
    kind = next((kind for mark, kind in _OTHER_KINDS if data.startswith(mark)), "")
    if kind:
        raise BadFile(f"{path} is {kind}, not a text file: save or export it as CSV or JSON lines.")
    mark, encoding = next((pair for pair in _MARKS if data.startswith(pair[0])), (b"", "utf-8"))
    body = data.removeprefix(mark)
    try:
        text = body.decode(encoding)
    except UnicodeDecodeError as error:
        if mark and encoding != "utf-8":
            raise BadFile(
                f"{path} is not {encoding.upper()}, although its first bytes say so: save it as UTF-8."
            ) from None
        line = body.count(b"\n", 0, error.start) + 1
        raise BadFile(
            f"{path} is not UTF-8 text ({error.reason} on line {line}), perhaps Latin-1 or Windows-1252: save it "
            "as UTF-8 (spreadsheets call it “CSV UTF-8”)."
        ) from None
    if "\0" in text:
        raise BadFile(f"{path} contains zero bytes, so it is not UTF-8 text: save it as UTF-8.")
    return text


def _absent(path: Path) -> BadFile:
    return BadFile(f"There is no file {path}: check the path.")


def _unreadable(path: Path, error: OSError) -> BadFile:
    return BadFile(f"{path} cannot be read ({error.strerror}): check the file.")


def _damaged(path: Path, error: Exception) -> BadFile:
    return BadFile(f"{path} is a damaged gzip file ({error}): copy or download it again.")

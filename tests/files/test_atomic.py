"""Files are replaced completely or not at all."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from files.atomic import replacement, write_bytes, write_lines, write_text


def test_a_file_is_made_with_its_folders_and_readable_by_all(tmp_path: Path) -> None:
    path = tmp_path / "new" / "folder" / "a.txt"
    write_text(path, "café\n")
    assert path.read_bytes() == "café\n".encode()
    assert path.stat().st_mode & 0o777 == 0o644
    assert list(path.parent.iterdir()) == [path]


def test_bytes_and_lines_stay_as_they_are(tmp_path: Path) -> None:
    write_bytes(tmp_path / "a", b"\r\n\0")
    assert (tmp_path / "a").read_bytes() == b"\r\n\0"
    assert write_lines(tmp_path / "b", ["x\r\n", "y\n"]) == 2
    assert (tmp_path / "b").read_bytes() == b"x\r\ny\n"


def broken_lines() -> Iterator[str]:
    yield "new\n"
    raise ValueError("no more")


def test_after_an_error_the_old_file_is_there_and_no_draft(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    write_text(path, "old")
    with pytest.raises(ValueError, match="no more"):
        write_lines(path, broken_lines())
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_that_cannot_be_made_is_an_os_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match="file"):
        write_text(tmp_path / "file" / "a.txt", "")


def test_a_draft_has_the_suffix_that_a_program_chooses_the_format_by(tmp_path: Path) -> None:
    with replacement(tmp_path / "a.gguf", ".gguf") as draft:
        assert draft.suffix == ".gguf"
        draft.write_bytes(b"GGUF")
    assert (tmp_path / "a.gguf").read_bytes() == b"GGUF"

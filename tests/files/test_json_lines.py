"""JSON lines: errors name the line, gzipped files are read, and a cut last line can be left out."""

import gzip
from pathlib import Path

import pytest

from files.errors import BadFile
from files.json_lines import first_object, numbered_objects, write_objects
from files.text import first_line


def test_objects_come_with_their_line(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('\n{"a": 1}\n\n{"b": "\u2028"}')
    assert list(numbered_objects(path)) == [(2, {"a": 1}), (4, {"b": "\u2028"})]
    assert first_object(path) == {"a": 1}


@pytest.mark.parametrize(
    ("line", "message"), [("{", "line 2: not JSON"), ("[1]", "line 2: not a JSON object")]
)
def test_an_error_names_file_and_line(tmp_path: Path, line: str, message: str) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"a": 1}\n' + line + "\n")
    with pytest.raises(BadFile, match=rf"a\.jsonl, {message}"):
        list(numbered_objects(path))


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    rows: list[dict[str, object]] = [{"a": "é"}, {"b": None}]
    assert write_objects(tmp_path / "a.jsonl", rows) == 2
    assert [row for _, row in numbered_objects(tmp_path / "a.jsonl")] == rows


def test_gzipped_files_are_read(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl.gz"
    path.write_bytes(gzip.compress(b'\n{"a": 1}\n'))
    assert first_object(path) == {"a": 1}
    assert first_line(path) == b'{"a": 1}\n'


def test_a_damaged_gzip_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl.gz"
    path.write_bytes(gzip.compress(b'{"a": 1}\n' * 99)[:-9])
    with pytest.raises(BadFile, match=r"a\.jsonl\.gz is a damaged gzip file"):
        first_object(path)


def test_the_first_line_of_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match="There is no file"):
        first_line(tmp_path / "a.jsonl")


@pytest.mark.parametrize("tail", ['{"b": 2', '{"b": "é'.encode()[:-1].decode("latin-1"), "x"])
def test_a_cut_last_line_is_left_out_and_named(tmp_path: Path, tail: str) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(b'{"a": 1}\n' + tail.encode("latin-1"))
    cut: list[int] = []
    assert [row for _, row in numbered_objects(path, cut)] == [{"a": 1}]
    assert cut == [2]
    with pytest.raises(BadFile):
        list(numbered_objects(path))


def test_a_whole_last_line_needs_no_line_break(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"a": 1}\n{"b": 2}')
    cut: list[int] = []
    assert len(list(numbered_objects(path, cut))) == 2
    assert cut == []

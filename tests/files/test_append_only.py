"""Files that only grow: nothing half written is kept, and two processes never write at once."""

import gzip
from pathlib import Path

import pytest

from files.append_only import open_to_append
from files.errors import BadFile
from files.json_lines import numbered_objects


def rows_of(path: Path) -> list[dict[str, object]]:
    return [row for _, row in numbered_objects(path)]


def test_rows_are_on_disk_as_soon_as_they_are_added(tmp_path: Path) -> None:
    path = tmp_path / "new" / "a.jsonl"
    with open_to_append(path) as file:
        assert file.is_empty
        file.add({"a": 1}, {"b": "é"})
        assert not file.is_empty
        assert rows_of(path) == [{"a": 1}, {"b": "é"}]
    with open_to_append(path) as file:
        file.add({"c": 3})
    assert rows_of(path) == [{"a": 1}, {"b": "é"}, {"c": 3}]


@pytest.mark.parametrize(("tail", "kept"), [('{"b": 2', []), ('{"b": 2}', [{"b": 2}]), ("\n", [])])
def test_a_cut_last_line_is_removed_and_a_whole_one_ended(
    tmp_path: Path, tail: str, kept: list[dict[str, int]]
) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"a": 1}\n' + tail)
    with open_to_append(path) as file:
        file.add({"c": 3})
    assert rows_of(path) == [{"a": 1}, *kept, {"c": 3}]


def test_a_file_with_nothing_but_a_cut_line_is_empty(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"a"')
    with open_to_append(path) as file:
        assert file.is_empty


def test_a_second_writer_is_told_to_wait(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    with (
        open_to_append(path),
        pytest.raises(BadFile, match="is being written by another run"),
        open_to_append(path),
    ):
        pass


def test_nothing_is_added_to_a_gzipped_file(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl.gz"
    packed = gzip.compress(b'{"a": 1}\n')
    path.write_bytes(packed)
    with pytest.raises(BadFile, match="is gzipped"), open_to_append(path):
        pass
    assert path.read_bytes() == packed

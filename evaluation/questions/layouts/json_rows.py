"""Reads JSON objects with the line on which each begins: one per line, one after the other, or in a list."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from files.errors import BadFile
from files.json_lines import Numbered, objects_in

_SPACE = re.compile(r"\s*")
_DECODER = json.JSONDecoder()


def json_rows(path: Path, text: str) -> list[Numbered]:
    """The rows of JSON lines, of a JSON list, or of a JSON object with one list of objects in it.

    Raises BadFile naming the file, the line and the problem; ``path`` is used only for the message.
    """
    start = _after_space(text, 0)
    if text[start] == "[":
        rows, end = _list_at(path, text, start)
        if _after_space(text, end) < len(text):
            line = _line(text, _after_space(text, end))
            raise BadFile(
                f"{path}, line {line}: there is text after the list: write one list, or one object per line."
            )
        return rows
    rows = _one_a_line_or_more(path, text, start)
    inner = _list_within(rows[0][1]) if len(rows) == 1 else None
    return _list_at(path, text, _place_of(text, start, inner))[0] if inner is not None else rows


def _one_a_line_or_more(path: Path, text: str, start: int) -> list[Numbered]:
    if _is_whole(text[start:].split("\n", 1)[0]):
        return list(objects_in(text, path))
    try:
        return list(_sequence(path, text, start))
    except BadFile:
        if ".json" in path.suffixes:
            raise
        return list(objects_in(text, path))  # names the broken line, if each line should hold one object


def _is_whole(line: str) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except ValueError:
        return False


def _sequence(path: Path, text: str, start: int) -> Iterator[Numbered]:
    """Objects one after the other, each over any number of lines."""
    while start < len(text):
        value, end = _value_at(path, text, start)
        yield _line(text, start), _object(path, _line(text, start), value)
        start = _after_space(text, end)


def _list_at(path: Path, text: str, start: int) -> tuple[list[Numbered], int]:
    """The objects of the list that begins at a character, and where it ends."""
    rows: list[Numbered] = []
    place, line, counted = _after_space(text, start + 1), _line(text, start), start
    while text[place : place + 1] != "]":
        value, end = _value_at(path, text, place)
        line, counted = line + text.count("\n", counted, place), place
        rows.append((line, _object(path, line, value)))
        place = _after_space(text, end)
        if text[place : place + 1] == ",":
            place = _after_space(text, place + 1)
        elif text[place : place + 1] != "]":
            raise BadFile(f"{path}, line {_line(text, place)}: not JSON (a comma or ] is missing).")
    return rows, place + 1


def _list_within(row: dict[str, Any]) -> str | None:
    """The name of the only list of objects in an object that is not itself a question; None without one."""
    if any(name.casefold() in ("question", "question_stem") for name in row):
        return None
    names = [
        name
        for name, value in row.items()
        if isinstance(value, list) and value and all(isinstance(part, dict) for part in value)
    ]
    return names[0] if len(names) == 1 and names[0].casefold() != "paragraphs" else None


def _place_of(text: str, start: int, name: str) -> int:
    """Where the value of an object's member begins; the object begins at ``start`` and is known to be whole."""
    place = _after_space(text, start + 1)
    while True:
        key, end = _DECODER.raw_decode(text, place)
        place = _after_space(text, _after_space(text, end) + 1)  # after the colon
        if key == name:
            return place
        _, end = _DECODER.raw_decode(text, place)
        place = _after_space(text, _after_space(text, end) + 1)  # after the comma


def _value_at(path: Path, text: str, start: int) -> tuple[Any, int]:
    try:
        return _DECODER.raw_decode(text, start)
    except ValueError as error:
        line = getattr(error, "lineno", _line(text, start))
        raise BadFile(f"{path}, line {line}: not JSON ({error}).") from None
    except RecursionError:
        raise BadFile(f"{path}, line {_line(text, start)}: lists are nested too deeply to read.") from None


def _object(path: Path, line: int, value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise BadFile(f"{path}, line {line}: not a JSON object.")
    return value


def _after_space(text: str, place: int) -> int:
    space = _SPACE.match(text, place)
    return space.end() if space else place


def _line(text: str, place: int) -> int:
    return text.count("\n", 0, place) + 1

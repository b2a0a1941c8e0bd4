"""Converts assessments to JSON and back, with a schema version."""

from collections.abc import Mapping
from functools import cache
from typing import Any, TypeVar, cast

from pydantic import TypeAdapter, ValidationError

SCHEMA = "credence.assessment/1"
T = TypeVar("T")
_LATER: Mapping[str, Any] = {
    "reasoning": None,
    "internals": None,
    "costs": {},
    "scored_by": "",
    "score_with": "",
    "stopped": "",
}  # left out if empty: older records lack them


class BadRecord(ValueError):
    """Data that is not an assessment of a known schema version."""


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def to_dict(assessment: object) -> dict[str, object]:
    """The assessment as JSON-ready data under ``"schema": "credence.assessment/1"``."""
    dumped = _adapter(cast(Any, type(assessment))).dump_python(assessment, mode="json")
    return {"schema": SCHEMA, **cast(dict[str, object], _without_empty(dumped))}


def _without_empty(value: object) -> object:
    """A value without the later fields that hold nothing, so that an older record is written as it was read."""
    if isinstance(value, dict):
        return {
            name: _without_empty(inner)
            for name, inner in value.items()
            if not (name in _LATER and inner == _LATER[name])
        }
    return [_without_empty(inner) for inner in value] if isinstance(value, list) else value


def from_dict(kind: type[T], data: Mapping[str, object]) -> T:
    """Read the output of :func:`to_dict` as a value of this type, checking all invariants again.

    Raises BadRecord for another schema, a missing field or a value out of range.
    """
    schema = data.get("schema")
    if schema != SCHEMA:
        raise BadRecord(f"This record has schema {schema!r}; this version of Credence reads {SCHEMA!r}.")
    try:
        record: T = _adapter(cast(Any, kind)).validate_python(
            {k: v for k, v in data.items() if k != "schema"}
        )
        return record
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "the record"
        raise BadRecord(f"{place}: {first['msg']}") from error

"""Assessments as JSON and back, with a schema version."""

from collections.abc import Mapping
from functools import cache

from pydantic import TypeAdapter, ValidationError

from estimators.types import Assessment

SCHEMA = "credence.assessment/1"


class BadRecord(ValueError):
    """Data that is no assessment of a known schema version."""


@cache
def _adapter() -> TypeAdapter[Assessment]:
    return TypeAdapter(Assessment)


def to_dict(assessment: Assessment) -> dict[str, object]:
    """The assessment as JSON-ready data under ``"schema": "credence.assessment/1"``."""
    return {"schema": SCHEMA, **_adapter().dump_python(assessment, mode="json")}


def from_dict(data: Mapping[str, object]) -> Assessment:
    """Read what :func:`to_dict` wrote; every invariant of the types is checked again.

    Raises BadRecord for another schema, a missing field or a value out of range.
    """
    schema = data.get("schema")
    if schema != SCHEMA:
        raise BadRecord(f"This record has schema {schema!r}; this version of Credence reads {SCHEMA!r}.")
    try:
        return _adapter().validate_python({k: v for k, v in data.items() if k != "schema"})
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "the record"
        raise BadRecord(f"{place}: {first['msg']}") from error

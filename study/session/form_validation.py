"""Clean submitted values and validate them against the form."""

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

from study.design.parts import Field
from study.errors import BadAnswer

TEXT_LIMIT = 10_000  # characters per text
VALUES_LIMIT = 200_000  # characters of all values of a screen, as JSON
NESTING = 20

TIMED_OUT = "timed_out"


def harmless(value: Any, depth: int = 0) -> Any:
    """The value in a form that every database can store: NUL becomes “␀”; lone surrogates and non-finite numbers
    are replaced visibly.

    >>> harmless({"a": "x\\x00y", "b": float("nan")})
    {'a': 'x␀y', 'b': 'NaN'}
    """
    if isinstance(value, str):
        return value.replace("\x00", "␀").encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    if isinstance(value, Mapping | list | tuple) and depth >= NESTING:
        return "…"
    if isinstance(value, Mapping):
        return {str(harmless(str(key))): harmless(part, depth + 1) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [harmless(part, depth + 1) for part in value]
    return value if value is None or isinstance(value, bool | int | float) else str(value)


def cleaned(fields: Sequence[Field], values: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, int]]:
    """The values of a form, and the original length of each text that was cut: (values, cut).

    If the time ran out, missing and invalid values are left out. Otherwise raises BadAnswer, which names every
    invalid field and every unknown name.
    """
    over = values.get(TIMED_OUT) is True
    names = {field.name for field in fields}
    faults = {
        str(harmless(str(name)))[:60]: f"The form has no field {str(harmless(str(name)))[:60]!r}."
        for name in values
        if name not in names and name != TIMED_OUT
    }
    kept: dict[str, Any] = {}
    cut: dict[str, int] = {}
    for field in fields:
        value = values.get(field.name)
        if isinstance(value, str) and len(value) > TEXT_LIMIT:
            cut[field.name], value = len(value), value[:TEXT_LIMIT]
        value = harmless(value)
        if value is None or value in ("", []):
            if field.required and not over:
                faults[field.name] = f"“{_short(field.label)}” has no answer yet. Please answer it."
            continue
        if fault := _fault(field, value):
            if not over:
                faults[field.name] = fault
            continue
        kept[field.name] = value
    if faults:
        raise BadAnswer(faults)
    if len(json.dumps(kept, ensure_ascii=False)) > VALUES_LIMIT:
        raise BadAnswer(
            {"": f"These answers have more than {VALUES_LIMIT:,} characters in total. Please shorten them."}
        )
    return kept, cut


def _fault(field: Field, value: Any) -> str:
    """What is wrong with a value; "" if nothing is."""
    name = f"“{_short(field.label)}”"
    match field.kind:
        case "yes-no":
            return "" if isinstance(value, bool) else f"{name} needs true or false."
        case "text":
            return "" if isinstance(value, str) else f"{name} needs text."
        case "choice":
            return "" if value in field.options else f"{name} needs one of its options."
        case "choices":
            fine = isinstance(value, list) and all(option in field.options for option in value)
            return (
                ""
                if fine and len(set(value)) == len(value)
                else f"{name} needs a selection of its options, each at most once."
            )
    if isinstance(value, bool) or not isinstance(value, int | float):
        return f"{name} needs a number."
    if field.kind == "likert":
        fine = isinstance(value, int) and 1 <= value <= field.points
        return "" if fine else f"{name} needs a whole number from 1 to {field.points}."
    fine = field.min <= value <= field.max
    return "" if fine else f"{name} needs a number from {field.min:g} to {field.max:g}."


def _short(label: str) -> str:
    return label if len(label) <= 60 else f"{label[:57]}…"

"""How a question was put to the model, as settings and records state it."""

from collections.abc import Mapping
from typing import Any, Literal, cast

Asking = Literal["as_typed", "letter_first", "hedged"]
ASKINGS: Mapping[str, str] = {
    "as_typed": "as typed",
    "letter_first": "with a request to answer with the letter first",
    "hedged": "with a request for short answers and words of doubt",
}


def asking_of(options: Mapping[str, Any]) -> Asking | None:
    """How the questions of a record were asked, or None if it does not say.

    Older records have ``hedge`` (a request for words of doubt) and ``instruct`` (False: as typed) instead.

    >>> asking_of({"asking": "as_typed"}), asking_of({"hedge": False, "instruct": True}), asking_of({"hedge": True})
    ('as_typed', 'letter_first', 'hedged')
    """
    if "hedge" not in options and "instruct" not in options:
        return cast("Asking | None", options.get("asking"))
    if not _is_on(options.get("instruct", True)):
        return "as_typed"
    return "hedged" if _is_on(options.get("hedge", True)) else "letter_first"


def _is_on(value: object) -> bool:
    return str(value).strip().lower() not in ("false", "no", "off", "0")


def with_asking(options: Mapping[str, Any]) -> dict[str, Any]:
    """The settings of a record with ``asking`` and ``system`` in place of their older names."""
    renamed: dict[str, Any] = {}
    for name, value in options.items():
        if name in ("hedge", "instruct"):
            renamed |= {"asking": asking_of(options), "system": options.get("system", "")}
        else:
            renamed[name] = value
    return renamed

"""What is wrong with a design: a place and a sentence; and helpers of the rules."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from study.design.yaml_marks import Place

Fault = tuple[Place, str]


def twice(list_name: str, names: Sequence[str], key: str, before: Sequence[str] = ()) -> Iterator[Fault]:
    """Names that are already used."""
    for index, name in enumerate(names):
        if name and (name in names[:index] or name in before):
            yield (list_name, index, key), f"the {key} {name} is already used: give every entry its own {key}"


def repeated(names: Iterable[str]) -> str | None:
    """The first name that occurs twice."""
    return next((name for name, times in Counter(names).items() if times > 1), None)


def listed(names: Iterable[str]) -> str:
    """Names in quotes, separated by commas."""
    return ", ".join(f"“{name}”" for name in names)

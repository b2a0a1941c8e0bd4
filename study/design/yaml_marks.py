"""YAML as plain data, with the line number of every key and list entry."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

Place = tuple[str | int, ...]  # the keys and indices that lead to a value

_NOTHING = {"", "~", "null", "Null", "NULL"}


@dataclass(frozen=True, slots=True)
class Marked:
    """The data of a YAML text, with line numbers."""

    data: Any
    lines: Mapping[Place, int]  # line of each key or list entry
    twice: tuple[tuple[int, str, int], ...] = ()  # line, key, line of the first use: YAML keeps the last

    def line(self, place: Place) -> int:
        """The line of a place, or of the nearest enclosing place in the text.

        >>> marked("a:\\n  b: 1").line(("a", "c"))
        1
        """
        while place and place not in self.lines:
            place = place[:-1]
        return self.lines.get(place, 1)


@dataclass(slots=True)
class _Reading:
    lines: dict[Place, int] = field(default_factory=dict)
    twice: list[tuple[int, str, int]] = field(default_factory=list)

    def value(self, node: yaml.Node | None, place: Place) -> Any:
        if node is None:
            return None
        if isinstance(node, yaml.MappingNode):
            mapping: dict[str, Any] = {}
            for key_node, value_node in node.value:
                line = key_node.start_mark.line + 1
                if not isinstance(key_node, yaml.ScalarNode):
                    raise yaml.MarkedYAMLError(
                        problem="found a list or a mapping where a name is expected",
                        problem_mark=key_node.start_mark,
                    )
                key = key_node.value
                if key in mapping:
                    self.twice.append((line, key, self.lines[(*place, key)]))
                else:
                    self.lines[(*place, key)] = line
                mapping[key] = self.value(value_node, (*place, key))
            return mapping
        if isinstance(node, yaml.SequenceNode):
            for index, entry in enumerate(node.value):
                self.lines[(*place, index)] = entry.start_mark.line + 1
            return [self.value(entry, (*place, index)) for index, entry in enumerate(node.value)]
        return None if node.style is None and node.value in _NOTHING else node.value


def marked(text: str) -> Marked:
    """Read one YAML document; raises yaml.MarkedYAMLError with a ``problem_mark``.

    Values stay text: YAML would turn the option ``no`` into false, and ``1912-04-15`` into a date. Numbers are
    parsed from the text later. Aliases are rejected, because a few lines of them can expand to gigabytes.

    >>> document = marked("title: Trust\\nitems:\\n  - id: a\\n  - id: no")
    >>> document.data, document.lines["items", 1, "id"]
    ({'title': 'Trust', 'items': [{'id': 'a'}, {'id': 'no'}]}, 4)
    """
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        if isinstance(event, yaml.AliasEvent):
            raise yaml.MarkedYAMLError(
                problem="found an alias (*): write the text out", problem_mark=event.start_mark
            )
    reading = _Reading()
    data = reading.value(yaml.compose(text, Loader=yaml.SafeLoader), ())
    return Marked(data, reading.lines, tuple(reading.twice))

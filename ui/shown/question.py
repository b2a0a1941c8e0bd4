"""Text files in a message: how the model reads them, and what the page shows of them."""

import re
from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Any

MOST_FILES = 10  # of a message
MOST_LETTERS = 400_000  # of a file
_FILE = re.compile(r"\n\nFile “([^”\n]+)”:\n(`{3,})\n(.*?)\n\2(?=\n\nFile “|\Z)", re.DOTALL)


def with_files(text: str, files: Iterable[Mapping[str, Any]]) -> str:
    """A message with the texts of files after its own, each in a fence longer than any of its own.

    The page attaches at most ``MOST_FILES`` files of ``MOST_LETTERS`` characters; what is beyond is cut off.

    >>> print(with_files("Sum up:", [{"name": "a.txt", "text": "one"}]))
    Sum up:
    <BLANKLINE>
    File “a.txt”:
    ```
    one
    ```
    """
    parts = [text]
    for file in islice((file for file in files if isinstance(file, Mapping)), MOST_FILES):
        parts[0] = text.rstrip()
        content, name = (
            str(file.get("text") or "")[:MOST_LETTERS],
            " ".join(str(file.get("name") or "").split()),
        )
        fence = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", content)), default=0))
        shown = name.replace("“", "'").replace("”", "'") or "file"
        parts.append(f"File “{shown}”:\n{fence}\n{content.rstrip()}\n{fence}")
    return "\n\n".join(parts)


def without_files(message: str) -> tuple[str, list[list[str]]]:
    """What a person typed of a message, and ``[name, text]`` of each file in it.

    >>> without_files(with_files("Sum up:", [{"name": "a.txt", "text": "one"}, {"name": "b", "text": "two"}]))
    ('Sum up:', [['a.txt', 'one'], ['b', 'two']])
    """
    first = _FILE.search(message)
    files = [[match[1], match[3]] for match in _FILE.finditer(message)]
    return (message[: first.start()] if first else message), files

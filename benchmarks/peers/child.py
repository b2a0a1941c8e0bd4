"""Another package in its own process: it gets one question a line and replies with what it computed and how long it took."""

import json
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from chains.errors import CredenceError

_PROGRAMS = Path(__file__).parent / "programs"


@dataclass(frozen=True, slots=True)
class Scored:
    """What a package says of one question.

    Parameters
    ----------
    seconds : for its answer and all scores
    answer : the text that it scored; None if it does not tell
    ended : whether the answer's last token is the one that ends it
    logprobs, entropies : of each token in nats, with that of the end
    scores : by the package's own names, on its own scales
    """

    seconds: float
    answer: str | None = None
    ended: bool = False
    logprobs: tuple[float, ...] = ()
    entropies: tuple[float, ...] = ()
    scores: Mapping[str, float | None] = field(default_factory=dict)


SCORED: TypeAdapter[Scored] = TypeAdapter(Scored)


class Child:
    """The process of a package, ready to be asked."""

    def __init__(self, process: "subprocess.Popen[str]", settings: Mapping[str, Any]) -> None:
        self._process = process
        self.name = str(self._exchange(settings)["name"])

    def scored(self, question: str) -> Scored:
        """Let the package answer the question and score its answer; raises CredenceError."""
        return SCORED.validate_python(self._exchange({"question": question}))

    def _exchange(self, message: Mapping[str, Any]) -> dict[str, Any]:
        assert self._process.stdin is not None and self._process.stdout is not None
        try:
            self._process.stdin.write(json.dumps(message) + "\n")
            self._process.stdin.flush()
            for line in self._process.stdout:  # packages print other lines, too
                if line.startswith('{"credence": '):
                    return dict(json.loads(line)["credence"])
        except OSError:
            pass
        raise CredenceError("The other package failed. Its message is above.")


@contextmanager
def child(python: Path, program: str, settings: Mapping[str, Any]) -> Iterator[Child]:
    """Start a program of the folder ``programs`` with these settings, which may hold a key: they go through a pipe."""
    process = subprocess.Popen(
        [python, _PROGRAMS / program],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )
    try:
        yield Child(process, settings)
    finally:
        process.kill()
        process.communicate()

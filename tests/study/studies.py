"""Small studies for tests: a design as text, its frozen answers from a scripted model, a store in a folder."""

import itertools
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from chains.engines.scripted import ScriptedChatModel, ScriptedReply
from study.design.freezing import freeze
from study.design.reader import DesignFile, read_design
from study.design.stimuli import Stimuli, parse_stimuli, written
from study.session.screens import Screen
from study.session.service import Study
from study.store.database import Store, open_store

ITEMS = 4

HEAD = """\
study: small
title: What do you make of these answers?
consent:
  text: You will read questions and answers.
debriefing:
  text: Some of the answers were wrong on purpose.
completion: {code: DONE1, redirect: "https://example.org/done"}
"""


def items(count: int = ITEMS, options: bool = True) -> str:
    """Items with alternating right and wrong frozen answers."""
    lines = ["items:"]
    for number in range(count):
        right = number % 2 == 0
        lines += [
            f"  - id: q{number}",
            f"    question: Which letter is number {number}?",
            *(["    options: [alpha, beta]"] if options else []),
            "    gold: alpha",
            f"    answer: {'A. alpha' if right and options else 'B. beta' if options else 'alpha' if right else 'beta'}",
            f"    correct: {str(right).lower()}",
        ]
    return "\n".join(lines) + "\n"


CONDITIONS = """\
conditions:
  - {name: plain, shows: []}
  - {name: numbers, shows: [token-number]}
"""


def design_text(
    flow: str = "own-answer-first", more: str = "", count: int = ITEMS, options: bool = True
) -> str:
    """A design of two conditions; ``more`` are further lines."""
    conditions = "" if "conditions:" in more or flow == "annotation" else CONDITIONS
    return f"{HEAD}flow: {flow}\n{conditions}{more}\n{items(count, options)}"


def scripted() -> ScriptedChatModel:
    """A model that answers every probe at once."""
    return ScriptedChatModel(replies=(ScriptedReply.of("alpha", 0.8),))


def frozen(file: DesignFile) -> Stimuli:
    """The frozen answers of a design, also written next to it."""
    if not all(item.answer for item in (*file.design.items, *file.design.practice)):
        raise ValueError("a test's items have their answers")
    text = written({"model": "scripted"}, [stimulus for stimulus, _ in freeze(file.design, scripted())])
    file.stimuli_path.write_text(text, encoding="utf-8")
    return parse_stimuli(text)


def write_study(folder: Path, text: str) -> tuple[DesignFile, Stimuli]:
    """Write a design file and its frozen answers to a folder."""
    path = folder / "study.yaml"
    path.write_text(text, encoding="utf-8")
    file = read_design(path)
    return file, frozen(file)


@contextmanager
def running(folder: Path, text: str, url: str = "", patience: float = 10.0) -> Iterator[Study]:
    """A study with a separate database."""
    file, stimuli = write_study(folder, text)
    store = open_store(url or f"sqlite:///{folder / 'study.sqlite'}", patience)
    try:
        yield Study(file, stimuli, store)
    finally:
        store.close()


def rows(store: Store, study: str = "small", *kinds: str) -> list[Any]:
    """The events of these kinds."""
    return list(store.events(study, kinds=kinds or None))


_submissions = itertools.count()


def submission() -> str:
    """A unique submission id."""
    return f"submission-{next(_submissions)}"


def honest(screen: Screen) -> dict[str, Any]:
    """Valid values for every field of a screen."""
    values: dict[str, Any] = {}
    for field in screen.fields:
        values[field.name] = {
            "yes-no": True, "choice": field.options[0] if field.options else None, "choices": list(field.options[:1]),
            "text": "alpha", "likert": 4, "slider": field.min, "number": field.min,
        }[field.kind]  # fmt: skip
    return values


def walk(
    study: Study, query: Mapping[str, str] | None = None, values: Callable[[Screen], dict[str, Any]] = honest,
    until: str = "end",
) -> tuple[str, Screen]:  # fmt: skip
    """Walk one person from the link to a screen whose id starts with ``until``; returns token and screen."""
    entry = study.enter(query or {})
    token, screen = entry.token or "", entry.screen
    while screen.kind != "end" and not screen.id.startswith(until):
        screen = study.answer(token, screen.participant, screen.id, submission(), values(screen))
    return token, screen

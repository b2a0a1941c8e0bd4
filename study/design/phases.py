"""The screens of a trial: what each asks, and which AI answer is on it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from study.design.parts import Field, Item, Scale, Text

PhaseName = Literal["own", "final", "decide", "chat", "label"]
LABELS = ("correct", "wrong", "unsure")


@dataclass(frozen=True, slots=True)
class Phase:
    """One screen of a trial."""

    name: PhaseName
    form: Callable[[Item, Scale], tuple[Field, ...]]
    answer: Literal["none", "frozen", "live"]  # the AI answer on it


def _own(item: Item, scale: Scale) -> tuple[Field, ...]:
    return _answer(item, "Your answer"), _sure(scale, "How sure are you?")


def _final(item: Item, scale: Scale) -> tuple[Field, ...]:
    return _answer(item, "Your final answer"), _sure(scale, "How sure are you?")


def _decide(item: Item, scale: Scale) -> tuple[Field, ...]:
    words = ("I rely on this answer", "I do not rely on it")
    return (
        Field(name="accept", kind="yes-no", label="Do you rely on this answer?", options=words),
        _answer(item, "What do you think the answer is?", required=False),
        _sure(scale, "How sure are you of your decision?"),
    )


def _label(item: Item, scale: Scale) -> tuple[Field, ...]:
    return (
        Field(name="correct", kind="choice", label="Is this answer correct?", options=LABELS),
        Field(
            name="strength", kind="slider", label="How sure does the wording of the answer sound?",
            low_label="not sure at all", high_label="completely sure",
        ),
    )  # fmt: skip


def _answer(item: Item, label: Text, required: bool = True) -> Field:
    if item.options:
        return Field(name="answer", kind="choice", label=label, options=item.options, required=required)
    return Field(name="answer", kind="text", label=label, required=required)


def _sure(scale: Scale, label: Text) -> Field:
    low, high = scale.ends
    return Field(
        name="confidence", kind="slider", label=label, min=scale.low, max=scale.high, step=scale.step,
        low_label=_end(scale.low, low), high_label=_end(scale.high, high),
    )  # fmt: skip


def _end(number: float, words: str) -> str:
    """The label at one end of the slider: its number and meaning.

    >>> _end(50.0, "a guess"), _end(0.0, "")
    ('50: a guess', '0')
    """
    return f"{number:g}: {words}" if words else f"{number:g}"


OWN = Phase("own", _own, "none")
FINAL = Phase("final", _final, "frozen")
DECIDE = Phase("decide", _decide, "frozen")
CHAT = Phase("chat", _final, "live")
LABEL = Phase("label", _label, "frozen")
PHASES = (OWN, FINAL, DECIDE, CHAT, LABEL)

BEFORE = tuple(phase.name for phase in PHASES if phase.answer == "none")
AFTER = tuple(phase.name for phase in PHASES if phase.answer != "none")  # on which the AI answer is seen
FROZEN = tuple(phase.name for phase in PHASES if phase.answer == "frozen")

"""The flows of a study: the screens of a trial, its rules, and how its answers count. A new flow is a new object."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from study.design.parts import Condition, Field, Item, Scale
from study.design.phases import CHAT, DECIDE, FINAL, LABEL, OWN, Phase
from study.design.rules.faults import Fault
from study.design.rules.rater_rules import rater_rules

if TYPE_CHECKING:
    from study.design.model import Design


@dataclass(frozen=True, slots=True)
class LastAnswer:
    """The last answer of a trial, as graded; None if a part is missing."""

    accepted: bool | None  # the AI answer was accepted
    agrees: bool | None  # with the AI answer
    correct: bool | None
    ai_correct: bool | None


Counted = tuple[bool | None, bool | None]  # relied on the AI, outcome right


def by_answer(last: LastAnswer) -> Counted:
    """People who end with the AI's answer relied on it, and the outcome is their final answer."""
    return last.agrees, last.correct


def by_decision(last: LastAnswer) -> Counted:
    """People who accept relied on the AI; it is right to accept a right answer and to reject a wrong one."""
    if last.accepted is None or last.ai_correct is None:
        return last.accepted, None
    return last.accepted, bool(last.accepted) == bool(last.ai_correct)


def among_options(options: int) -> float | None:
    """P(right) of a pure guess: 1 / options; None for an open question.

    >>> among_options(4), among_options(0)
    (0.25, None)
    """
    return 1 / options if options >= 2 else None


def accept_or_reject(options: int) -> float:
    """P(right) of a pure guess between accepting and rejecting: 1/2, whatever the question."""
    return 0.5


def no_rules(design: "Design") -> Iterable[Fault]:
    """No rules beyond those of every design."""
    return ()


@dataclass(frozen=True, slots=True)
class Flow:
    """One kind of task."""

    name: str
    frozen: tuple[Phase, ...] = ()  # its screens with a frozen answer; none: the model always answers live
    live: tuple[Phase, ...] = ()  # its screens with a live answer; none: not possible
    chance: Callable[[int], float | None] = among_options  # P(right) of a guess, from the number of options
    counts: Callable[[LastAnswer], Counted] = by_answer
    rules: Callable[["Design"], Iterable[Fault]] = no_rules
    raters: bool = False  # people share the items, label answers, see no confidence and state none

    def __str__(self) -> str:
        return self.name

    def is_live(self, condition: Condition) -> bool:
        """Whether the model answers live in this condition."""
        return condition.live or not self.frozen

    def phases(self, condition: Condition) -> tuple[Phase, ...]:
        """The screens of one trial."""
        return self.live if self.is_live(condition) else self.frozen

    def form(self, phase: str | None, item: Item, scale: Scale) -> tuple[Field, ...]:
        """The form fields of one of its screens."""
        return next(screen for screen in (*self.frozen, *self.live) if screen.name == phase).form(item, scale)


FLOWS: tuple[Flow, ...] = (
    Flow("own-answer-first", (OWN, FINAL), live=(OWN, CHAT)),
    Flow("accept-reject", (DECIDE,), chance=accept_or_reject, counts=by_decision),
    Flow("free-chat", live=(CHAT,)),
    Flow("annotation", (LABEL,), rules=rater_rules, raters=True),
)


def flow_of_row(name: str) -> Flow:
    """The flow that a stored row names; one that this version does not have counts like most others."""
    return next((flow for flow in FLOWS if flow.name == name), Flow(name))

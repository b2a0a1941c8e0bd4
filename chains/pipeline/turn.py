"""A turn on its way: what is known so far of one question and its answer."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from chains.pipeline.model_calls import Meter
from chains.settings import Settings
from estimators.parsing.options import find_choice
from estimators.types import Answer, Assessment, Claim, FidelityChain, Message, Probe, Question, Token

Stage = Literal["answering", "asking again", "looking closer", "done"]


@dataclass(frozen=True, slots=True)
class Turn:
    """A snapshot of one turn; adding a later one gives the later one."""

    question: Question
    settings: Settings
    options: tuple[str, ...] = ()
    sent: tuple[Message, ...] = ()  # what the answer's call received
    dropped_turns: int = 0
    stage: Stage = "answering"
    begun: tuple[Token, ...] = ()  # with what a person made the answer begin
    given: bool = False  # the answer is a text that somebody gave, not the model's own
    answer: Answer | None = None
    samples: tuple[Answer, ...] = ()
    groups: tuple[tuple[int, ...], ...] = ()  # of samples that mean the same
    ungrouped: str = ""  # why there are samples and no groups
    shown_group: int | None = None
    chains: tuple[FidelityChain, ...] = ()
    claims: tuple[Claim, ...] = ()
    probes: Mapping[str, Probe] = field(default_factory=dict)
    pending: tuple[str, ...] = ()  # names of the probes that are still to come
    needed: tuple[str, ...] = ()  # names of signals that the calibration needs beside those asked for
    assessment: Assessment | None = None
    meter: Meter = field(default_factory=Meter)

    def __add__(self, later: "Turn") -> "Turn":
        return later


def judged(answer: Answer, options: tuple[str, ...]) -> Answer:
    """The answer with the span that is judged: the option's letter or text, else all but outer white space."""
    choice = find_choice(answer.text, options) if options else None
    if choice is not None:
        return replace(answer, span=choice[1])
    start = len(answer.text) - len(answer.text.lstrip())
    return replace(answer, span=(start, max(start, len(answer.text.rstrip()))))

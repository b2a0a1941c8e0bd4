"""A turn in progress: everything so far about one question and its answer."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from chains.pipeline.model_calls import Meter
from chains.settings import Settings
from estimators.parsing.options import find_choice
from estimators.types import Answer, Assessment, Claim, FidelityChain, Message, Probe, Question, Token

Stage = Literal["answering", "asking again", "checking consistency", "done"]


@dataclass(frozen=True, slots=True)
class Turn:
    """A snapshot of one turn; the sum of two snapshots is the later one."""

    question: Question
    settings: Settings
    options: tuple[str, ...] = ()
    sent: tuple[Message, ...] = ()  # the messages of the answer's call
    dropped_turns: int = 0
    stage: Stage = "answering"
    begun: tuple[Token, ...] = ()  # the tokens that a person made the answer start with
    given: bool = False  # the answer is a text passed in, not the model's own
    answer: Answer | None = None
    samples: tuple[Answer, ...] = ()
    groups: tuple[tuple[int, ...], ...] = ()  # samples that mean the same
    ungrouped: str = ""  # why the samples have no groups
    shown_group: int | None = None
    chains: tuple[FidelityChain, ...] = ()
    claims: tuple[Claim, ...] = ()
    probes: Mapping[str, Probe] = field(default_factory=dict)
    pending: tuple[str, ...] = ()  # names of the probes still to be made
    needed: tuple[str, ...] = ()  # names of further signals that the calibration needs
    assessment: Assessment | None = None
    meter: Meter = field(default_factory=Meter)

    def __add__(self, later: "Turn") -> "Turn":
        return later


def judged(answer: Answer, options: tuple[str, ...]) -> Answer:
    """The answer with the span to judge: the option's letter or text, or else everything but outer white space."""
    choice = find_choice(answer.text, options) if options else None
    if choice is not None:
        return replace(answer, span=choice[1])
    start = len(answer.text) - len(answer.text.lstrip())
    return replace(answer, span=(start, max(start, len(answer.text.rstrip()))))

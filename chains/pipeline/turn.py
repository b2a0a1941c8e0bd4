"""A turn in progress: everything so far about one question and its answer."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from chains.calibration.fitting import Fit
from chains.pipeline.model_calls import Meter
from chains.settings import Settings
from estimators.calibration.apply import NOT_YET
from estimators.calibration.record import Kind, kind_of
from estimators.internals import Internals
from estimators.parsing.options import find_choice
from estimators.reading import Reading, read_so_far
from estimators.types import Answer, Assessment, Claim, FidelityChain, Message, Probe, Question, Token

NOT_CALIBRATED = Fit(None, NOT_YET)
Stage = Literal["answering", "scoring", "asking again", "checking consistency", "done"]


@dataclass(frozen=True, slots=True)
class Plan:
    """The most that a consistency check can cost, shown before it starts."""

    samples: int
    chain_calls: int
    group_calls: int  # for probes about groups of samples, if a chosen signal needs them
    prompt_tokens: int | None  # of all calls together, ignoring caches; None if the engine does not count
    new_tokens: int


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
    start: Answer | None = None  # what the model goes on from, until the answer is assessed
    given: bool = False  # the answer is a text passed in, not the model's own
    scored_by: str = ""  # the model that scored the answer's words, if it is not the one that answered
    answer: Answer | None = None
    samples: tuple[Answer, ...] = ()
    groups: tuple[tuple[int, ...], ...] = ()  # samples that mean the same
    ungrouped: str = ""  # why the samples have no groups
    stopped: str = ""  # why sampling stopped before the number that was set
    shown_group: int | None = None
    chains: tuple[FidelityChain, ...] = ()
    claims: tuple[Claim, ...] = ()
    probes: Mapping[str, Probe] = field(default_factory=dict)
    internals: Internals | None = None  # attention weights and hidden states; None: not read
    pending: tuple[str, ...] = ()  # names of the probes still to be made
    fit: Fit = NOT_CALIBRATED  # the calibration in use
    needed: tuple[str, ...] = ()  # names of further signals that it needs
    signals: tuple[str, ...] = ()  # names of all signals to read
    reading: Reading = field(default_factory=Reading)  # of the answer so far
    assessment: Assessment | None = None
    plan: Plan | None = None  # of a consistency check, once the answer is assessed
    meter: Meter = field(default_factory=Meter)

    @property
    def kind(self) -> Kind:
        """The kind of the question."""
        return kind_of(self.options)

    def __add__(self, later: "Turn") -> "Turn":
        return later


def judged(answer: Answer, options: tuple[str, ...]) -> Answer:
    """The answer with the span to judge: the option's letter or text, or else everything but outer white space."""
    choice = find_choice(answer.text, options) if options else None
    if choice is not None:
        return replace(answer, span=choice[1])
    start = len(answer.text) - len(answer.text.lstrip())
    return replace(answer, span=(start, max(start, len(answer.text.rstrip()))))


def answered(turn: Turn, reply: Answer) -> Turn:
    """The turn with the answer so far and its reading."""
    answer = judged(reply, turn.options)
    return replace(turn, answer=answer, reading=read_so_far(answer), scored_by="")

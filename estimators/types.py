"""The data types of the pipeline: message → answer → evidence → signals → decision, all immutable.

Log-probabilities are natural logarithms (nats) of the emitted token's
probability in the model's raw distribution. A confidence is always
P(the shown answer is correct) in [0, 1]; a missing value is ``None`` with a
reason, never 0 or NaN.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from estimators.answer import Answer as Answer
from estimators.answer import Reasoning as Reasoning
from estimators.answer import Token as Token
from estimators.asking import with_asking
from estimators.internals import Internals
from estimators.missing import check_value_or_reason
from estimators.serialization import from_dict, to_dict

Role = Literal["system", "user", "assistant"]
# The model kept its pick or no other option was left · the cap on calls · a call failed · no option in the reply ·
# more could hardly change the result
ChainEnd = Literal["kept", "capped", "failed", "unreadable", "settled"]


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a conversation, as the model receives it."""

    role: Role
    content: str


@dataclass(frozen=True, slots=True)
class Question:
    """The question as typed, with the preceding messages."""

    text: str
    history: tuple[Message, ...] = ()


@dataclass(frozen=True, slots=True)
class Probe:
    """One follow-up question about the answer: the messages sent and the reply received."""

    name: str
    messages: tuple[Message, ...]
    reply: Answer

    @property
    def in_own_turn(self) -> bool:
        """Whether it continues the conversation; a third-person probe starts another and quotes the answer."""
        return any(message.role == "assistant" for message in self.messages)


@dataclass(frozen=True, slots=True)
class FidelityChain:
    """The options that the model picks in turn as each previous pick is replaced; ``labels[0]`` was sampled.

    A label is the letter of an option. For a free question it is the letter of a
    candidate (group of samples); the letter after the last candidate means "none of these".
    """

    labels: tuple[str, ...]
    ended: str = ""  # why it ended, in words; empty if the model kept its pick
    end: ChainEnd | None = None  # None, as in older records, becomes what the words say

    def __post_init__(self) -> None:
        if self.end is None:
            object.__setattr__(self, "end", _end_in_words(self.ended))
        if (self.end == "kept") == bool(self.ended):
            raise ValueError(f"fidelity chain: it ended as {self.end}, but the reason is {self.ended!r}")

    @property
    def truncated(self) -> bool:
        """Whether it stopped before the model kept its pick."""
        return self.end in ("capped", "failed")


def _end_in_words(ended: str) -> ChainEnd:
    """How a chain of an older record ended, which only its sentence says."""
    if not ended:
        return "kept"
    if ended.startswith("cut: the cap of "):
        return "capped"
    return "failed" if ended.startswith("cut: ") else "unreadable"


@dataclass(frozen=True, slots=True)
class Claim:
    """One sentence of a long answer, with the probes about it."""

    span: tuple[int, int]  # characters of the answer's text
    probes: Mapping[str, Probe] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Cost:
    """The cost of a turn; ``None`` where the engine does not report it."""

    calls: int = 0
    prompt_tokens: int | None = None  # sent
    cached_tokens: int | None = None  # of those, taken from the prefix cache
    new_tokens: int | None = None  # generated
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Provenance:
    """The origin of the evidence, in enough detail to reproduce it."""

    model: str
    engine: str = ""
    model_sha256: str | None = None  # of a local model file; None for a server or a folder
    prompts: Mapping[str, str] = field(default_factory=dict)  # prompt name → sha256
    options: Mapping[str, float | int | str | bool | None] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)
    created: str = ""  # ISO 8601, UTC
    seed: int | None = None
    dropped_turns: int = 0  # oldest turns dropped because the context was full
    begun: str = ""  # the start of the answer if a person chose another token
    given: bool | None = None  # the answer was supplied, not written by the model; None in older records
    scored_by: str = ""  # the model whose probabilities the tokens have, if it is not the one that answered
    cost: Cost = Cost()
    costs: Mapping[str, Cost] = field(default_factory=dict)  # of the answer, samples, chains and each probe

    def __post_init__(self) -> None:
        object.__setattr__(self, "options", with_asking(self.options))


@dataclass(frozen=True, slots=True)
class Evidence:
    """All data about one answer, before any scoring."""

    question: Question
    answer: Answer
    options: tuple[str, ...] = ()  # texts; their labels are A, B, C, …
    probes: Mapping[str, Probe] = field(default_factory=dict)
    samples: tuple[Answer, ...] = ()
    groups: tuple[
        tuple[int, ...], ...
    ] = ()  # indices of samples with the same meaning, one group per candidate
    ungrouped: str = ""  # why the samples could not be grouped
    stopped: str = ""  # why sampling stopped before the number that was set
    shown_group: int | None = None  # the group that agrees with the shown answer; None: none does
    chains: tuple[FidelityChain, ...] = ()
    claims: tuple[Claim, ...] = ()
    internals: Internals | None = None  # None: not read
    provenance: Provenance = Provenance(model="unknown")


@dataclass(frozen=True, slots=True)
class Signal:
    """One reading of the evidence as P(the shown answer is correct)."""

    name: str
    confidence: float | None
    missing: str = ""  # the reason, exactly when confidence is None
    calibrated: float | None = None
    per_option: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        for value in (self.confidence, self.calibrated, *self.per_option):
            if value is not None and not 0.0 <= value <= 1.0:
                raise ValueError(f"{self.name}: confidence {value} is not in [0, 1]")
        check_value_or_reason(self.name, self.confidence, self.missing)


@dataclass(frozen=True, slots=True)
class MarkerMatch:
    """One epistemic marker in a text, with the probability that people take it to mean (0 to 1)."""

    text: str  # as written
    start: int
    end: int
    marker: str  # canonical form
    norm: float  # median of the human survey
    low: float
    high: float
    source: str
    similarity: float | None = None  # cosine to the marker if matched by meaning; None: literal match


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether to withhold the answer, and why."""

    abstain: bool
    confidence: float | None
    threshold: float
    reason: str
    signal: str = ""  # the signal that decided
    calibrated: bool = False
    risk: float | None = None  # accepted share of wrong answers among those shown; None under another rule
    promise: str = ""  # the guarantee at this setting, in one sentence
    no_promise: str = ""  # why there is no guarantee; only if calibrated
    uncalibrated: str = ""  # why the confidence is not calibrated; empty if it is
    outside: str = ""  # why the question is out of distribution; empty if it is not, or unknown
    unchecked: str = ""  # why it is unknown whether the question is out of distribution
    basis: str = ""  # how many answers the calibration was fitted and tested on
    used: tuple[str, ...] = ()  # signals that the calibrated confidence combines

    def __post_init__(self) -> None:
        if self.confidence is not None and not 0.0 <= self.confidence <= 1.0:
            raise ValueError(f"decision: confidence {self.confidence} is not in [0, 1]")
        if self.calibrated and self.uncalibrated:
            raise ValueError(f"decision: calibrated, yet uncalibrated because {self.uncalibrated}")


@dataclass(frozen=True, slots=True)
class Distance:
    """The distance of a question from those of a calibration."""

    calibration: str  # which one: Calibration.key
    value: float | None  # 1 − mean cosine to the nearest questions, from 0 (the same) to 2
    missing: str = ""  # the reason, exactly when value is None

    def __post_init__(self) -> None:
        check_value_or_reason("distance", self.value, self.missing)
        if self.value is not None and not 0.0 <= self.value <= 2.0:
            raise ValueError(f"distance {self.value} is not in [0, 2]")


@dataclass(frozen=True, slots=True)
class Assessment:
    """The complete record of an answer: the page shows it, a run writes it, a study stores it."""

    evidence: Evidence
    signals: tuple[Signal, ...]
    markers: tuple[MarkerMatch, ...]
    decision: Decision
    distance: Distance | None = None  # from the calibration questions; None without a calibration

    def signal(self, name: str) -> Signal | None:
        """The signal with this name, or None if it was not requested."""
        return next((signal for signal in self.signals if signal.name == name), None)

    def to_dict(self) -> dict[str, object]:
        """The record as JSON-ready data with its schema version, without loss."""
        return to_dict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, object]) -> "Assessment":
        """Read a record back; raises BadRecord naming the invalid field."""
        return from_dict(cls, data)

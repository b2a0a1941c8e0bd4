"""The data that flows: message → answer → evidence → signals → decision, all immutable.

Log-probabilities are natural logarithms (nats) of the token that was really
emitted, from the model's raw distribution. A confidence is always
P(the shown answer is correct) in [0, 1]; what is missing is ``None`` with a
reason, never 0 and never NaN.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from estimators.serialization import from_dict, to_dict

Role = Literal["system", "user", "assistant"]


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a conversation as a model receives it."""

    role: Role
    content: str


@dataclass(frozen=True, slots=True)
class Token:
    """One emitted token; pieces of a multi-byte character are merged into one."""

    text: str
    logprob: float  # nats, the emitted token, raw distribution
    top: tuple[tuple[str, float], ...] = ()  # (text, nats), most probable first

    def __post_init__(self) -> None:
        for value in (self.logprob, *(logprob for _, logprob in self.top)):
            if not math.isfinite(value) or value > 0:
                raise ValueError(f"token {self.text!r}: log-probability {value} is not a finite number ≤ 0")


@dataclass(frozen=True, slots=True)
class Answer:
    """A reply of a model, with its tokens where the engine gives them.

    ``tokens`` is empty (the reason stands in ``missing``) or joins to ``text``.
    """

    text: str
    tokens: tuple[Token, ...] = ()
    span: tuple[int, int] | None = None  # characters that are judged; None becomes the whole text
    # stop · length (token limit) · cancelled (by the person) · incomplete (broke off) · content_filter ·
    # tool_calls · or the server's own word; the last four are not whole and are not judged
    finish: str = "stop"
    missing: str = ""  # why there are no tokens

    def __post_init__(self) -> None:
        joined = "".join(token.text for token in self.tokens)
        if self.tokens and joined != self.text:
            raise ValueError(f"tokens join to {joined!r}, not to the text {self.text!r}")
        start, end = self.span if self.span is not None else (0, len(self.text))
        if not 0 <= start <= end <= len(self.text):
            raise ValueError(f"span {self.span} is not inside a text of {len(self.text)} characters")
        object.__setattr__(self, "span", (start, end))

    @property
    def judged_text(self) -> str:
        """The characters of the text that are judged."""
        start, end = self.span or (0, 0)
        return self.text[start:end]

    @property
    def judged_tokens(self) -> tuple[Token, ...]:
        """The tokens that overlap the judged span."""
        return self.tokens_in(*(self.span or (0, 0)))

    def tokens_in(self, start: int, end: int) -> tuple[Token, ...]:
        """The tokens that overlap these characters of the text."""
        overlapping, position = [], 0
        for token in self.tokens:
            if max(position, start) < min(position + len(token.text), end):
                overlapping.append(token)
            position += len(token.text)
        return tuple(overlapping)


@dataclass(frozen=True, slots=True)
class Question:
    """What the person asked, as typed, with the turns before it."""

    text: str
    history: tuple[Message, ...] = ()


@dataclass(frozen=True, slots=True)
class Probe:
    """One question asked again about the answer: what was really sent, what really came."""

    name: str
    messages: tuple[Message, ...]
    reply: Answer


@dataclass(frozen=True, slots=True)
class FidelityChain:
    """The options picked when the sampled one is replaced; ``labels[0]`` was sampled.

    A label is the letter of an option, or for a free question that of a
    candidate (group of samples), the one after the last candidate being "none of these".
    """

    labels: tuple[str, ...]
    ended: str = ""  # why it ended other than by staying with the label, such as an unreadable reply


@dataclass(frozen=True, slots=True)
class Claim:
    """One sentence of a long answer, with the probes that were made about it."""

    span: tuple[int, int]  # characters of the answer's text
    probes: Mapping[str, Probe] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Cost:
    """What a turn cost; ``None`` where the engine does not count."""

    calls: int = 0
    prompt_tokens: int | None = None  # sent
    cached_tokens: int | None = None  # of those, taken from the prefix cache
    new_tokens: int | None = None  # generated
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where the evidence comes from: enough to run it again."""

    model: str
    engine: str = ""
    model_sha256: str | None = None  # of a local model file; None for a server or a folder
    prompts: Mapping[str, str] = field(default_factory=dict)  # prompt name → sha256
    options: Mapping[str, float | int | str | bool | None] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)
    created: str = ""  # ISO 8601, UTC
    seed: int | None = None
    dropped_turns: int = 0  # oldest turns left out because the context was full
    begun: str = ""  # how the answer was made to begin by a person who chose another token
    given: bool | None = (
        None  # whether the answer was supplied, not written by the model; None: older records do not say
    )
    cost: Cost = Cost()


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything that was gathered about one answer, before any judgement."""

    question: Question
    answer: Answer
    options: tuple[str, ...] = ()  # texts; their labels are A, B, C, …
    probes: Mapping[str, Probe] = field(default_factory=dict)
    samples: tuple[Answer, ...] = ()
    groups: tuple[tuple[int, ...], ...] = ()  # indices of samples that mean the same, one group a candidate
    ungrouped: str = ""  # why samples could not be grouped
    shown_group: int | None = None  # the group that says what the shown answer says; None: no sample does
    chains: tuple[FidelityChain, ...] = ()
    claims: tuple[Claim, ...] = ()
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
        if (self.confidence is None) != bool(self.missing):
            raise ValueError(f"{self.name}: give either a confidence or the reason why it is missing")


@dataclass(frozen=True, slots=True)
class MarkerMatch:
    """One epistemic marker in a text, with what people take it to mean (0 to 1)."""

    text: str  # as it stands in the text
    start: int
    end: int
    marker: str  # canonical form
    norm: float  # median of the human survey
    low: float
    high: float
    source: str
    similarity: float | None = (
        None  # of a phrase matched by meaning, cosine to the marker; None: it stands there
    )


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether the answer should rather have been withheld, and why."""

    abstain: bool
    confidence: float | None
    threshold: float
    reason: str
    signal: str = ""  # the signal that decided
    calibrated: bool = False
    risk: float | None = None  # accepted share of wrong answers among the shown ones; None: another rule
    promise: str = ""  # in one sentence what is promised at this setting
    no_promise: str = ""  # why this setting has no promise; only where calibrated
    uncalibrated: str = ""  # why the confidence is not calibrated; empty where it is
    outside: str = ""  # why the question lies outside what was measured; empty: inside, or unknown
    unchecked: str = ""  # why it is unknown whether the question lies outside
    basis: str = ""  # what a calibrated confidence rests on: how many answers fitted and tested it
    used: tuple[str, ...] = ()  # signals from which a calibrated confidence was computed

    def __post_init__(self) -> None:
        if self.confidence is not None and not 0.0 <= self.confidence <= 1.0:
            raise ValueError(f"decision: confidence {self.confidence} is not in [0, 1]")
        if self.calibrated and self.uncalibrated:
            raise ValueError(f"decision: calibrated, and not so because {self.uncalibrated}")


@dataclass(frozen=True, slots=True)
class Distance:
    """How far a question lies from those of a calibration."""

    calibration: str  # which one: Calibration.key
    value: float | None  # 1 − mean cosine to the nearest questions, from 0 (the same) to 2
    missing: str = ""  # the reason, exactly when value is None

    def __post_init__(self) -> None:
        if (self.value is None) != bool(self.missing):
            raise ValueError("distance: give either a value or the reason why it is missing")
        if self.value is not None and not 0.0 <= self.value <= 2.0:
            raise ValueError(f"distance {self.value} is not in [0, 2]")


@dataclass(frozen=True, slots=True)
class Assessment:
    """The one record: what the page shows, a run writes and a study stores."""

    evidence: Evidence
    signals: tuple[Signal, ...]
    markers: tuple[MarkerMatch, ...]
    decision: Decision
    distance: Distance | None = None  # of the question from the calibration's; None: nothing to be far from

    def signal(self, name: str) -> Signal | None:
        """The signal of that name, or None when it was not asked for."""
        return next((signal for signal in self.signals if signal.name == name), None)

    def to_dict(self) -> dict[str, object]:
        """The record as JSON-ready data, lossless, with its schema version."""
        return to_dict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, object]) -> "Assessment":
        """Read a record back; raises BadRecord with the field that is wrong."""
        return from_dict(cls, data)

"""The replies of the endpoints other than results."""

from typing import Any, Literal

from pydantic import Field

from chains.calibration.store import Saved
from chains.pipeline.turn import Stage, Turn
from service.result import Marker, Result, TokenValue, Value, token_values


class BatchItem(Value):
    """One question of a batch: its result, or why there is none."""

    index: int
    result: Result | None = None
    error: dict[str, Any] | None = Field(None, description="As in the reply to a request that fails.")


class BatchReply(Value):
    """The questions of a batch, in the order in which they were sent."""

    items: list[BatchItem]


class OwnMarker(Value):
    """What a marker means with this model: how far its other answers support a sentence with it."""

    marker: str
    confidence: float | None
    n: int = Field(description="Sentences that were measured.")
    missing: str


class MarkersReply(Value):
    """The markers of a text."""

    markers: list[Marker]
    own: list[OwnMarker] = Field(description="For each marker, what it means with this model.")
    own_missing: str = Field(description="Why nothing is known of this model's own markers; empty if it is.")


class Rewritten(Value):
    """A text whose words of doubt match a confidence."""

    text: str
    marker: str = Field(description="The phrase it now has; empty if none fits, so that it has none.")
    norm: float | None = Field(description="The probability that people take the phrase to mean.")
    changed: bool


class CalibrationValue(Value):
    """One calibration on this machine."""

    name: str
    model: str
    engine: str
    questions: str
    answers: int
    kinds: list[str] = Field(description="The kinds of questions it covers.")
    created: str
    shipped: bool = Field(description="Whether it came with Credence.")
    in_use: bool
    misfit: str = Field(description="Why it does not fit the served model; empty if it does.")

    @classmethod
    def of(cls, saved: Saved, in_use: bool) -> "CalibrationValue":
        """A saved calibration as it is sent."""
        calibration = saved.calibration
        return cls(
            name=saved.name, model=calibration.model, engine=calibration.engine,
            questions=calibration.questions.name, answers=calibration.questions.n,
            kinds=[part.kind for part in calibration.parts], created=calibration.created, shipped=saved.shipped,
            in_use=in_use, misfit=saved.misfit,
        )  # fmt: skip


class Calibrations(Value):
    """The calibrations on this machine."""

    in_use: str | None
    missing: str = Field(description="Why none is used; empty if one is.")
    calibrations: list[CalibrationValue]


class Health(Value):
    """The state of the service."""

    status: Literal["ok", "loading", "trouble"]
    trouble: str = Field(
        description="Why the model was not loaded, or what its engine has trouble with; empty if nothing."
    )
    loading: str = Field(description="How far the model is that is being loaded; empty if none is.")
    note: str = Field(description="Why this is not the model that was asked for; empty if it is.")
    model: str
    engine: str
    model_sha256: str | None
    calibration: str | None
    uncalibrated: str = Field(description="Why no calibration is used; empty if one is.")
    running: int = Field(description="Requests that the model serves now.")
    waiting: int


class StreamEvent(Value):
    """What a stream has told so far."""

    text: str = ""
    stage: Stage = "answering"
    samples: int = 0
    tokens: list[TokenValue] | None = None

    @classmethod
    def of(cls, turn: Turn, *, tokens: bool) -> "StreamEvent":
        """A turn as a stream tells it."""
        text = turn.answer.text if turn.answer else ""
        values = token_values(turn.answer.tokens) if tokens and turn.answer else None
        return cls(text=text, stage=turn.stage, samples=len(turn.samples), tokens=values)

    def after(self, earlier: "StreamEvent") -> dict[str, Any]:
        """The answer's new part since an earlier event, with its new tokens if they are wanted."""
        new: dict[str, Any] = {"text": self.text[len(earlier.text) :]}
        if self.tokens is not None:
            new["tokens"] = [token.model_dump() for token in self.tokens[len(earlier.tokens or ()) :]]
        return new

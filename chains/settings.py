"""What a person can set about how a question is asked and judged."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class Settings(BaseModel):
    """How one turn is asked; checked where it enters, unchangeable after."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    signals: tuple[str, ...] | None = None  # names; None = the default panel
    hedge: bool = True  # ask for at most one honest marker of doubt in a sentence
    instruct: bool = True  # False: the person's words are sent as they are
    threshold: float = Field(
        default=0.5, ge=0.0, le=1.0
    )  # below it the app advises to abstain; uncalibrated only
    calibration: str | None = None  # its name, "none" for none; None = the one in use that fits the model
    rule: Literal["risk", "cost", "balanced", "conservative"] = (
        "risk"  # where a calibrated threshold comes from
    )
    risk: float = Field(
        default=0.2, gt=0.0, lt=1.0
    )  # rule "risk": accepted share of wrong answers among the shown
    cost: float = Field(
        default=1.0, ge=0.0, le=1e6
    )  # rule "cost": of a wrong answer; a right one is worth 1, none 0
    temperature: float = Field(default=0.0, ge=0.0, le=2.0)
    max_tokens: int = Field(default=400, ge=1, le=8192)
    top_logprobs: int = Field(default=20, ge=1, le=20)
    samples: int = Field(default=0, ge=0, le=25)  # further answers at temperature 1; 26 letters name them
    closer: int = Field(default=10, ge=2, le=25)  # further answers that looking closer at an answer draws
    max_calls: int = Field(
        default=60, ge=1, le=1000
    )  # of the model, for samples and fidelity chains together
    claims: int = Field(default=8, ge=0, le=100)  # sentences of a long answer that are asked about one by one
    embedding: str = "builtin"  # the sentence-embedding model that tells which samples mean the same
    seed: int = 0

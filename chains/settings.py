"""What a person can set about how a question is asked and judged."""

from pydantic import BaseModel, ConfigDict, Field


class Settings(BaseModel):
    """How one turn is asked; checked where it enters, unchangeable after."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    signals: tuple[str, ...] | None = None  # names; None = the default panel
    hedge: bool = True  # ask for at most one honest marker of doubt in a sentence
    instruct: bool = True  # False: the person's words are sent as they are
    threshold: float = Field(default=0.5, ge=0.0, le=1.0)  # below it the app advises to abstain
    temperature: float = Field(default=0.0, ge=0.0, le=2.0)
    max_tokens: int = Field(default=400, ge=1, le=8192)
    top_logprobs: int = Field(default=20, ge=1, le=20)
    samples: int = Field(default=0, ge=0, le=100)  # further answers at temperature 1
    seed: int = 0

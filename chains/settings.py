"""What a person can set about how a question is asked and judged."""

from collections.abc import Collection
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from estimators.asking import Asking, with_asking

_NEWER = ("chosen_panel", "score_with", "stop_early")
Rule = Literal["risk", "cost", "balanced", "conservative"]


class Settings(BaseModel):
    """How one turn is asked and judged; validated on creation, then immutable.

    Parameters
    ----------
    signals : names of signals; None: the default panel
    chosen_panel : whether the default panel asks only the follow-up questions that the calibration in use has chosen for its
        model; otherwise, the usual ones, too
    asking : how questions are put to the model: "as_typed"; "letter_first", which asks for the letter of the option
        first; or "hedged", which asks for a short answer with words of doubt
    system : a system message before the conversation; empty for none
    threshold : confidence below which the app advises to abstain; without a calibration only
    calibration : its name, "none" for none; None: the one in use that fits the model
    rule : where a calibrated threshold comes from
    risk : for the rule "risk": the accepted share of wrong answers among those shown
    cost : for the rule "cost": the cost of a wrong answer; a right one is worth 1, abstaining 0
    max_tokens : the longest answer in tokens; None, or 0: as long as the model's context allows
    samples : further answers at temperature 1; at most 26 letters label them
    closer : how many samples "Check consistency" draws
    stop_early : whether sampling stops once the leading meaning is settled, and only those fidelity chains are followed
        that can change the result (``chains.pipeline.early_stopping``)
    max_calls : maximum number of model calls for samples and fidelity chains together
    claims : how many sentences of a long answer are asked about one by one, the least probable ones first
    at_once : calls about one answer at the same time; None: as many as the engine answers at once
    score_with : the model on this machine that gives the words of an answer their probabilities where the answering
        model sends none: "tiny", "builtin" or what CREDENCE_SCORE_WITH names; empty for none
    embedding : the sentence-embedding model that decides which samples mean the same
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    signals: tuple[str, ...] | None = None
    chosen_panel: bool = True
    asking: Asking = "as_typed"
    system: str = ""
    threshold: float = Field(default=0.5, ge=0.0, le=1.0)
    calibration: str | None = None
    rule: Rule = "risk"
    risk: float = Field(default=0.2, gt=0.0, lt=1.0)
    cost: float = Field(default=1.0, ge=0.0, le=1e6)
    temperature: float = Field(default=0.0, ge=0.0, le=2.0)
    max_tokens: int | None = Field(default=None, ge=1, le=1_000_000)
    top_logprobs: int = Field(default=20, ge=1, le=20)
    samples: int = Field(default=0, ge=0, le=25)
    closer: int = Field(default=10, ge=2, le=25)
    stop_early: bool = False
    max_calls: int = Field(default=60, ge=1, le=1000)
    claims: int = Field(default=8, ge=0, le=100_000)
    at_once: int | None = Field(default=None, ge=1, le=64)
    score_with: str = ""
    embedding: str = "builtin"
    seed: int = 0

    @field_validator("max_tokens", mode="before")
    @classmethod
    def _no_limit(cls, limit: Any) -> Any:
        return None if limit == 0 else limit

    @model_validator(mode="before")
    @classmethod
    def _with_asking(cls, fields: Any) -> Any:
        return with_asking(fields) if isinstance(fields, dict) else fields

    def recorded(self, without: Collection[str]) -> dict[str, Any]:
        """The settings for a record, except those named; newer ones only where they are used, as older records lack them."""
        fields = type(self).model_fields
        unused = {name for name in _NEWER if getattr(self, name) == fields[name].default}
        return self.model_dump(exclude={*without, *unused})

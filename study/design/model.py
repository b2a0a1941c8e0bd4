"""The data model of a design file: immutable and validated."""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, InstanceOf, PlainSerializer, StringConstraints
from pydantic import Field as Limits

from chains.settings import Settings
from study.design.flows import FLOWS, Flow
from study.design.parts import (
    Annotation,
    Attention,
    AttentionCheck,
    Completion,
    Condition,
    Consent,
    Debriefing,
    Ids,
    Item,
    Line,
    Name,
    Part,
    Questionnaire,
    Scale,
    Screening,
    Texts,
    TimeLimits,
)

MAX_TOKENS = 400  # of an answer, unless the design says otherwise


def _flow(value: Any) -> Flow:
    """The flow with this name. Raises ValueError with the available names."""
    for flow in FLOWS:
        if value in (flow, flow.name):
            return flow
    raise ValueError(f"use one of: {', '.join(flow.name for flow in FLOWS)}")


FlowField = Annotated[InstanceOf[Flow], BeforeValidator(_flow), PlainSerializer(str)]


class Design(Part):
    """A complete study design."""

    study: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,59}$")]
    title: Line = Limits(min_length=1)
    participants: int = Limits(default=0, ge=0)  # target number of completed sessions; 0 = no limit
    assignment: Literal["between", "within"] = "between"
    order: Literal["latin-square", "blocked", "random"] = "random"
    flow: FlowField
    conditions: tuple[Condition, ...] = ()
    verbalized: Name = "numeric"  # the signal of the verbalized number
    confidence_scale: Scale = Scale()
    consent: Consent
    instructions: Texts = ()
    ids: Ids = Ids()
    repeat: bool = False
    resume: Literal["same-browser", "link"] = "same-browser"
    time_limits: TimeLimits = TimeLimits()
    stimuli: Line = ""  # file of frozen answers; "" = NAME.frozen.jsonl next to the design
    model: Line = "builtin"
    freeze: dict[str, Any] = Limits(default={})  # fields of chains.settings.Settings
    screening: Screening | None = None
    items: tuple[Item, ...] = Limits(min_length=1, max_length=2000)
    practice: tuple[Item, ...] = ()
    attention_checks: tuple[AttentionCheck, ...] = ()
    attention: Attention = Attention()
    questionnaires: tuple[Questionnaire, ...] = ()
    annotation: Annotation | None = None
    debriefing: Debriefing
    completion: Completion = Completion()

    def settings(self) -> Settings:
        """The model settings, for frozen and for live answers."""
        return Settings.model_validate({"max_tokens": MAX_TOKENS, **self.freeze})

    @property
    def shown(self) -> tuple[Condition, ...]:
        """The conditions; a study that defines none has one without displays."""
        return self.conditions or (Condition(name="plain"),)

    def condition(self, name: str) -> Condition:
        """The condition with this name."""
        return next(condition for condition in self.shown if condition.name == name)

    def item(self, name: str) -> Item:
        """The item or practice item with this id."""
        return next(item for item in (*self.items, *self.practice) if item.id == name)

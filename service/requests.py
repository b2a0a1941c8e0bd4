"""The bodies of the API's requests, checked when they arrive."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, create_model
from pydantic.fields import FieldInfo

from chains.engines.scoring import is_whole
from chains.pipeline.scorer import scorers
from chains.settings import Settings
from estimators import choose
from estimators.types import Message, Question
from service import limits

# The settings that a request may change; the server decides all others.
OPEN: Mapping[str, str] = {
    "signals": "Names of the signals to read; null: those that the chat shows.",
    "samples": "Further answers drawn at temperature 1 and compared with the shown one.",
    "asking": "How the question is put to the model.",
    "system": "A system message before the conversation.",
    "temperature": "Temperature of the answer.",
    "max_tokens": "Most tokens of the answer.",
    "top_logprobs": "Alternatives kept for every token.",
    "seed": "Seed of all draws.",
    "threshold": "Confidence below which Credence advises to abstain; without a calibration only.",
    "calibration": "Name of the calibration, “none” for none; null: the one in use that fits the model.",
    "rule": "Where a calibrated threshold comes from.",
    "risk": "For the rule “risk”: the accepted share of wrong answers among those shown.",
    "cost": "For the rule “cost”: the cost of a wrong answer; a right one is worth 1, abstaining 0.",
    "max_calls": "Most model calls for samples and fidelity chains together.",
    "score_with": "A model on the server's machine that scores the words of an answer whose model sends no "
    "log-probabilities: “tiny”, “builtin”, or empty for none. Its figures count for nothing but themselves.",
    "claims": "Sentences of a long answer that are asked about one by one.",
}


def _whole(text: str) -> str:
    if not is_whole(text):
        raise ValueError("this contains half a character (a lone surrogate). Send whole characters")
    return text


def _not_blank(text: str) -> str:
    if not text.strip():
        raise ValueError("this is empty")
    return text


def _known(names: tuple[str, ...] | None) -> tuple[str, ...] | None:
    choose(names or ())
    return names


Text = Annotated[str, Field(max_length=limits.CHARACTERS), AfterValidator(_whole)]
Filled = Annotated[Text, AfterValidator(_not_blank)]


def _scorer(name: str) -> str:
    if name and name not in scorers():
        raise ValueError(f"only {', '.join(scorers())} may score words here")
    return name


def _opened(name: str) -> tuple[Any, FieldInfo]:
    field = Settings.model_fields[name]
    kind: Any = field.annotation
    if name == "score_with":
        kind = Annotated[Text, AfterValidator(_scorer)]
    elif name == "signals":
        kind = Annotated[kind, AfterValidator(_known)]
    elif kind is str:
        kind = Text
    return kind, FieldInfo.merge_field_infos(field, description=OPEN[name])


_AnyFields: Any = create_model(
    "Settings",
    __config__=ConfigDict(frozen=True, extra="forbid"),
    **{name: _opened(name) for name in OPEN},  # type: ignore[call-overload]  # the fields are those of Settings
)


class Changes(_AnyFields):  # type: ignore[misc]  # its fields are made above
    """Settings of one request; those left out are the server's."""

    def applied(self, settings: Settings) -> Settings:
        """The server's settings with these changes."""
        changed = {name: getattr(self, name) for name in self.model_fields_set & set(OPEN)}
        return Settings.model_validate({**settings.model_dump(), **changed})


class Body(BaseModel):
    """A request: nothing in it may be unknown."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Turn(Body):
    """One earlier message of the conversation."""

    role: Literal["system", "user", "assistant"]
    content: Text


class Asked(Body):
    """A question, with its choices and the conversation before it."""

    question: Filled = Field(description="The question.", examples=["What is the capital of Australia?"])
    choices: list[Text] | None = Field(
        None, max_length=limits.CHOICES, description="Options to choose from, 2 to 26 texts of one line each."
    )
    history: list[Turn] = Field(
        [], max_length=limits.MESSAGES, description="The messages before the question."
    )

    def as_question(self) -> Question:
        """The question with its history."""
        return Question(self.question, tuple(Message(turn.role, turn.content) for turn in self.history))


class Reported(Body):
    """What a reply contains besides the result."""

    settings: Changes = Field(default_factory=Changes, description="Settings that differ from the server's.")
    tokens: bool = Field(False, description="Add the answer's tokens with their log-probabilities.")
    record: bool = Field(False, description="Add the complete record, which Credence's other tools read.")


class Ask(Asked, Reported):
    """Ask the model a question."""

    stream: bool = Field(False, description="Send server-sent events while the model answers.")


class Check(Asked, Reported):
    """Assess an answer that you already have."""

    answer: Filled = Field(description="The answer to assess.", examples=["Sydney."])
    stream: bool = Field(False, description="Send server-sent events while the model is asked about it.")


class Consistency(Asked, Reported):
    """Draw samples and compare them with an answer."""

    answer: Filled | None = Field(None, description="The answer to compare; null: the model answers first.")
    stream: bool = Field(False, description="Send server-sent events while samples are drawn.")


class Item(Asked):
    """One question of a batch, with the answer to assess if there is one."""

    answer: Filled | None = Field(None, description="The answer to assess; null: the model answers.")


class Batch(Reported):
    """Several questions at once; one that fails does not stop the others."""

    items: list[Item] = Field(min_length=1, max_length=limits.ITEMS)
    stream: bool = Field(False, description="Send every result as a server-sent event when it is ready.")


class Texts(Body):
    """A text whose epistemic markers are wanted."""

    text: Filled = Field(examples=["It is probably Canberra."])


class Rewrite(Texts):
    """A text whose words of doubt shall match a confidence."""

    confidence: float = Field(ge=0, le=1, description="P(the text is correct).", examples=[0.6])

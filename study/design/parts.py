"""The parts of a design file: immutable and validated."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, StringConstraints
from pydantic import Field as Limits

from study.design.displays import Element

TEXT = 20_000  # characters of one text of the design

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=TEXT)]
Line = Annotated[str, StringConstraints(strip_whitespace=True, max_length=500, pattern=r"^[^\r\n]*$")]
Name = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,59}$")]
Address = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^(https?://\S+)?$")]
Seconds = Annotated[int, Limits(ge=1, le=86_400)]

Kind = Literal["likert", "choice", "choices", "text", "slider", "number", "yes-no"]
Meaning = Literal["probability", "guess-to-certain", "rating"]


def _one_is_a_list(value: Any) -> Any:
    return (value,) if isinstance(value, str) else value


def _display_names(value: Any) -> Any:
    """Display names may use hyphens; ``none`` means no display."""
    value = () if value in (None, "none") else _one_is_a_list(value)
    if not isinstance(value, list | tuple):
        return value
    return tuple(name.replace("-", "_") if isinstance(name, str) else name for name in value)


Texts = Annotated[tuple[Text, ...], BeforeValidator(_one_is_a_list)]


class Part(BaseModel):
    """A part of a design: immutable; unknown keys are errors."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Field(Part):
    """One question of a form."""

    name: Name
    kind: Kind
    label: Text
    required: bool = True
    options: tuple[Text, ...] = ()  # choice, choices; yes-no: the words for true and for false
    points: int = Limits(default=7, ge=2, le=11)  # likert
    low_label: Line = ""
    high_label: Line = ""
    min: float = 0.0  # slider, number
    max: float = 100.0
    step: float = Limits(default=1.0, gt=0.0)
    long: bool = False  # text of several lines


class Condition(Part):
    """The displays shown with an answer; none means no confidence at all."""

    name: Name
    shows: Annotated[tuple[Element, ...], BeforeValidator(_display_names)] = ()
    live: bool = False  # the model answers live instead of a frozen answer


class Item(Part):
    """One question with its right answer, and the answer that people see."""

    id: Name
    question: Text
    options: tuple[Line, ...] = ()
    gold: Texts = ()  # the right option, or accepted short answers, the first of which is shown
    answer: Text | None = None  # if set, this text is assessed instead of asking the model
    correct: bool | None = None  # whether the frozen answer is right; if unset, it is graded against gold
    block: Line = ""
    feedback: Annotated[str, StringConstraints(strip_whitespace=True, max_length=TEXT)] = ""  # practice


class Consent(Part):
    """The consent form, shown before anything else."""

    text: Texts
    agree: Line = "I have read this and want to take part"
    decline: Line = "I do not want to take part"


class Screening(Part):
    """Questions that decide who takes part."""

    questions: tuple[Field, ...] = Limits(min_length=1)
    keep: dict[
        str, Annotated[tuple[Text, ...], BeforeValidator(_one_is_a_list)]
    ]  # field → answers that qualify
    message: Text = "Thank you for your answers. We are looking for other participants for this study."


class AttentionCheck(Part):
    """A question that states its own right answer."""

    id: Name
    after: int = Limits(ge=0)  # number of trials before it
    question: Text
    options: tuple[Line, ...] = Limits(min_length=2)
    expected: Line


class Attention(Part):
    """What happens after failed checks."""

    allowed_failures: int = Limits(default=0, ge=0)
    then: Literal["continue", "screen-out"] = "continue"


class Questionnaire(Part):
    """A page of questions; ``template`` takes id, title and questions from a built-in questionnaire."""

    template: Name | None = None
    id: Name | None = None
    title: Line = ""
    text: Texts = ()
    when: Literal["before-trials", "after-block", "after-trials"] = "after-trials"
    questions: tuple[Field, ...] = ()

    @property
    def name(self) -> str:
        """The name its answers are stored under."""
        return self.id or self.template or ""


class Annotation(Part):
    """How many raters label an item, and how many items a rater labels."""

    overlap: int = Limits(ge=1)
    items_each: int = Limits(ge=1)


class Debriefing(Part):
    """The text at the end; it also lists which answers were wrong, unless switched off."""

    text: Texts
    show_answers: bool = True


class Ending(Part):
    """The completion code and redirect address shown at the end."""

    code: Line = ""  # "random": a different code for every person
    redirect: Address = ""


class Completion(Ending):
    """The endings of completed sessions and of sessions that end early."""

    screened_out: Ending = Ending()
    declined: Ending = Ending()


class TimeLimits(Part):
    """Seconds per screen (None = no limit), and idle minutes after which a place is freed."""

    own: Seconds | None = None
    final: Seconds | None = None
    decide: Seconds | None = None
    chat: Seconds | None = None
    label: Seconds | None = None
    session_minutes: int = Limits(default=60, ge=1, le=10_080)


class Ids(Part):
    """The URL parameters that hold a person's ids."""

    participant: Name = "PROLIFIC_PID"
    study: Name = "STUDY_ID"
    session: Name = "SESSION_ID"


class Scale(Part):
    """The scale of the confidence slider; study.design.confidence_scale interprets it."""

    means: Meaning | None = None  # if unset, inferred from the numbers and labels
    low: float = 0.0
    high: float = 100.0
    step: float = Limits(default=1.0, gt=0.0)
    low_label: Line | None = None  # if unset, words that fit the meaning of the scale
    high_label: Line | None = None

    @property
    def ends(self) -> tuple[str, str]:
        """The labels at the low and the high end."""
        low, high = {
            None: ("a guess", "certain"),
            "guess-to-certain": ("a pure guess", "certain"),
            "probability": (
                f"right {self.low / self.high * 100:.0f} % of the time"
                if self.low > 0
                else "certainly wrong",
                "certainly right",
            ),
            "rating": ("not sure at all", "completely sure"),
        }[self.means]
        return low if self.low_label is None else self.low_label, (
            high if self.high_label is None else self.high_label
        )

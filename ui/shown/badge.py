"""The badge of an answer: its confidence in words and as a number, or why there is none, with the main reason."""

from dataclasses import asdict, dataclass
from typing import Any, Literal

from estimators.abstention import compared
from estimators.other_answers import OtherAnswer
from estimators.percent import frequency, percent
from estimators.reading import Reading
from estimators.types import Assessment, Decision
from ui.shown.reason import reason
from ui.shown.sentences import in_words, sentence

Level = Literal["fine", "doubt", "none"]
NAMED = 4  # other answers below the answer; the panel holds all of them
NO_FIGURE = "no number"
OTHERS = "The numbers after “Or else” say how likely the model was to say that instead."
MARKED = "I would not rely on this: "
_SURE_OF = {"msp": "the letter of its answer", "key_span_probability": "the words that answer the question"}
WITHHELD = "I would rather not answer this: "


@dataclass(frozen=True, slots=True)
class Badge:
    """What stands below an answer: "likely", "81 %", and the reason; ``meaning`` says what the number is."""

    level: Level
    words: str
    number: str
    reason: str
    meaning: str
    calibrated: bool


@dataclass(frozen=True, slots=True)
class Advice:
    """The advice not to rely on an answer, in the first person: where it is marked, and where it is withheld."""

    marked: str
    withheld: str
    note: str  # what is not known about it; empty if nothing


@dataclass(frozen=True, slots=True)
class Otherwise:
    """Another answer that was possible, as a button.

    ``token`` and ``choice``: it continues from there; ``sample``: it is a sample with this whole text.
    """

    text: str
    share: str
    says: str  # what the button does and what its number means
    token: int | None = None
    choice: int | None = None
    sample: int | None = None
    whole: str = ""
    taken: bool = False  # the sample can become a version of the answer


def badge(assessment: Assessment, reading: Reading) -> Badge:
    """The badge of an assessed answer."""
    decision = assessment.decision
    why = sentence(reason(assessment, reading))
    if decision.confidence is None:
        return Badge(
            "none",
            NO_FIGURE,
            "",
            why,
            "Without a number, this page cannot say how likely the answer is to be right.",
            False,
        )
    level: Level = "doubt" if decision.abstain else "fine"
    words, number = in_words(decision, decision.confidence), percent(decision.confidence)
    meant = f"{meaning(decision)} {OTHERS}" if reading.others else meaning(decision)
    return Badge(level, words, number, why, meant, decision.calibrated)


def meaning(decision: Decision) -> str:
    """What the number of an answer means, in one sentence that needs no other."""
    if decision.confidence is None:
        return ""
    if decision.calibrated:
        share = frequency(decision.confidence)
        right = f"{share} right" if "almost" in share else f"right in {share} cases"
        return f"When this model was tested, answers with this number were {right}."
    what = _SURE_OF.get(decision.signal, "its own words, on average")
    return (
        f"While writing, the model was {percent(decision.confidence)} sure of {what}; how often such answers are right "
        "has not been tested."
    )


def advice(decision: Decision) -> Advice | None:
    """The advice about an answer below the threshold; None for one at or above it."""
    if not decision.abstain or decision.confidence is None:
        return None
    confidence, threshold = compared(decision.confidence, decision.threshold)
    marked = (
        f"{MARKED}my confidence is {confidence}, and {_asked(decision)} {threshold}."
        if decision.calibrated
        else f"{MARKED}{decision.reason}."
    )
    note = "" if decision.calibrated else "How often such answers are right has not been tested."
    return Advice(marked, f"{WITHHELD}{decision.reason}.", note)


def _asked(decision: Decision) -> str:
    if decision.risk is None:
        return "the threshold is"
    return f"with an accepted risk of {percent(decision.risk)} it takes"


def otherwise(assessment: Assessment, reading: Reading, branching: bool) -> tuple[Otherwise, ...]:
    """The other answers as buttons; ``branching``: whether the model can continue from another token."""
    return tuple(_button(other, assessment, reading, branching) for other in reading.others[:NAMED])


def _button(other: OtherAnswer, assessment: Assessment, reading: Reading, branching: bool) -> Otherwise:
    text, share = named(other), other_share(other, reading)
    if other.source == "sample":
        more = "1 more answer" if other.count == 1 else f"{other.count} more answers"
        says = f"{more} said this. Show {'it' if other.count == 1 else 'one of them'}."
        sample = assessment.evidence.samples[other.sample]
        whole, taken = sample.text.strip(), bool(sample.tokens)
        return Otherwise(text, share, says, sample=other.sample, whole=whole, taken=taken)
    says = f"The probability that the model would have said this was {share}."
    if not branching:
        return Otherwise(text, share, says)
    return Otherwise(text, share, f"{says} Continue the answer from here.", other.token, other.choice)


def named(other: OtherAnswer) -> str:
    """Another answer as text; one of which only the beginning is known ends with an ellipsis."""
    return f"{other.text}\N{NO-BREAK SPACE}…" if other.open else other.text


def other_share(other: OtherAnswer, reading: Reading) -> str:
    """How probable another answer was: in percent, or as a share of the samples."""
    if other.source == "token":
        return percent(other.probability)
    return f"{other.count} of {sum(candidate.count for candidate in reading.candidates)} samples"


def as_row(value: Badge | Advice | Otherwise | None) -> dict[str, Any] | None:
    """A value as JSON for the page."""
    return asdict(value) if value is not None else None

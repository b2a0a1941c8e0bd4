"""The answers that a calibration covers: the model's own greedy, complete, substantive answers to a first question.

Without options, these are short answers to questions of fact: what the calibration questions ask for.

The same rule applies when a calibration is made (other answers are left out) and when it is used (other answers get
no calibrated confidence).
"""

from collections.abc import Mapping, Sequence

from estimators.parsing.options import find_choice
from estimators.text.answer_form import not_short
from estimators.text.non_answers import gives_no_answer
from estimators.types import Answer, Evidence, Provenance, Question, Token

GIVEN = "the answer was supplied, not written by the model"
NOT_GREEDY = "the model would have chosen some of the words differently, so the answer may have been supplied"
BEGUN = "a person chose a word of the answer"
SYSTEM = "the conversation has a system message"
SAMPLED = "the answer was sampled at a temperature above 0"
CUT = "the answer was cut off at the token limit"
CANCELLED = "the answer was stopped early"
BROKEN_OFF = "the answer is incomplete"
NO_ANSWER = "the answer only says that the model does not know"
NO_OPTION = "the answer chooses none of the options"
EMPTY = "there is no answer"
_CUTS = {"length": CUT, "cancelled": CANCELLED}
_SAME = 1e-6  # nats within which two tokens are equally probable


def uncovered(
    text: str, finish: str, options: Sequence[str], question: Question, who: Provenance, tokens: Sequence[Token] = ()
) -> str:  # fmt: skip
    """Why no calibration covers an answer; empty if one can.

    ``tokens`` are checked only for records that do not say whether the answer was supplied.
    """
    if who.given:
        return GIVEN
    if who.begun:
        return BEGUN
    if any(message.role == "system" for message in question.history):
        return SYSTEM
    if _temperature(who.options) > 0:
        return SAMPLED
    if finish != "stop":
        return _CUTS.get(finish, BROKEN_OFF)
    if not text.strip():
        return EMPTY
    if options and find_choice(text, options) is None:
        return NO_OPTION
    if not options and gives_no_answer(text, question.text):
        return NO_ANSWER
    if not options and (why := not_short(question.text, text)):
        return why
    if who.given is None and any(token.top and token.top[0][1] > token.logprob + _SAME for token in tokens):
        return NOT_GREEDY
    return ""


def uncovered_evidence(evidence: Evidence) -> str:
    """``uncovered`` for an answer with all its evidence, as a sentence about the calibration."""
    answer: Answer = evidence.answer
    why = uncovered(
        answer.text, answer.finish, evidence.options, evidence.question, evidence.provenance, answer.tokens
    )
    return f"{why}, and the calibration does not cover such answers" if why else ""


def usable(evidence: Evidence) -> bool:
    """Whether a calibration can be made from an answer: a covered answer to a first question."""
    first = all(message.role == "system" for message in evidence.question.history)
    return first and not uncovered_evidence(evidence)


def longer_than_measured(answer: Answer, most: float | None) -> str:
    """Why an answer is longer than the ``most`` tokens of the calibration answers (None: not recorded); else empty."""
    if most is None or len(answer.tokens) <= most:
        return ""
    return (
        f"the answer has {len(answer.tokens)} tokens, but those in the calibration were limited to {most:g}"
    )


def _temperature(options: Mapping[str, object]) -> float:
    value = options.get("temperature")
    return float(value) if isinstance(value, int | float) else 0.0

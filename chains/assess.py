"""The pipeline as a plain function: one question in, one assessment out."""

from collections.abc import Sequence
from dataclasses import replace

from langchain_core.language_models import BaseChatModel

from chains.pipeline.given_text import score_text
from chains.pipeline.pipeline import begin, confidence_pipeline
from chains.pipeline.turn import Turn, answered
from chains.settings import Settings
from estimators.parsing.options import find_options, render_options
from estimators.types import Assessment, Question


def assess(
    model: BaseChatModel,
    question: str | Question,
    *,
    choices: Sequence[str] | None = None,
    answer: str | None = None,
    signals: Sequence[str] | None = None,
    samples: int = 0,
    seed: int = 0,
    settings: Settings | None = None,
) -> Assessment:
    """Ask a model a question and assess its answer.

    ``choices`` become lettered options below the question. With ``answer``, that
    text is judged as if the model had just written it, and its tokens are scored
    (on a server that cannot score, the token signals are missing, with the reason).
    ``signals``, ``samples`` and ``seed`` override those of ``settings``. Raises
    CredenceError if the model cannot answer, and ValueError for an unknown signal
    or for choices that cannot be written as lettered lines.
    """
    asked = with_choices(question, choices)
    changes = {"signals": tuple(signals) if signals is not None else None, "samples": samples, "seed": seed}
    overrides = {name: value for name, value in changes.items() if value not in (None, 0)}
    settings = Settings.model_validate({**(settings or Settings()).model_dump(), **overrides})
    start = asked if answer is None else given(model, asked, answer, settings)
    assessment = confidence_pipeline(model, settings).invoke(start).assessment
    assert assessment is not None
    return assessment


def with_choices(question: str | Question, choices: Sequence[str] | None) -> Question:
    """The question with its choices as lettered options; raises ValueError if they cannot be written as such."""
    question = Question(question) if isinstance(question, str) else question
    if not choices:
        return question
    question = Question(f"{question.text.rstrip()}\n{render_options(choices)}", question.history)
    if find_options(question.text)[1] != tuple(choice.strip() for choice in choices):
        raise ValueError("choices: give 2 to 26 texts of one line each, and no options in the question")
    return question


def given(model: BaseChatModel, question: Question, answer: str, settings: Settings) -> Turn:
    """The turn whose answer is a given text with its tokens scored, as the pipeline takes it.

    Raises CredenceError if the model cannot be reached.
    """
    turn = begin(model, settings, question)
    scored = score_text(model, turn.sent, answer, top_logprobs=settings.top_logprobs, meter=turn.meter)
    return answered(replace(turn, given=True), scored)

"""One question, one record: the pipeline as a plain function."""

from collections.abc import Sequence
from dataclasses import replace

from langchain_core.language_models import BaseChatModel

from chains.pipeline.given_text import score_text
from chains.pipeline.pipeline import begin, confidence_pipeline
from chains.pipeline.turn import Turn, judged
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

    ``choices`` become lettered options below the question; ``answer`` given =
    judge that text as if the model had just written it, its tokens scored (on a
    server that cannot do that the token signals are missing, with the reason).
    ``signals``, ``samples`` and ``seed`` go before those of ``settings``. Raises
    CredenceError when the model cannot answer, ValueError for an unknown signal
    or for choices that cannot be lettered lines.
    """
    asked = Question(question) if isinstance(question, str) else question
    if choices:
        asked = Question(f"{asked.text.rstrip()}\n{render_options(choices)}", asked.history)
        if find_options(asked.text)[1] != tuple(choice.strip() for choice in choices):
            raise ValueError("choices: give 2 to 26 texts of one line, and none within the question")
    changes = {"signals": tuple(signals) if signals is not None else None, "samples": samples, "seed": seed}
    set_here = {name: value for name, value in changes.items() if value not in (None, 0)}
    chosen = Settings.model_validate({**(settings or Settings()).model_dump(), **set_here})
    start: Question | Turn = asked
    if answer is not None:
        turn = begin(model, chosen, asked)
        given = score_text(model, turn.sent, answer, top_logprobs=chosen.top_logprobs, meter=turn.meter)
        start = replace(turn, given=True, answer=judged(given, turn.options))
    assessment = confidence_pipeline(model, chosen).invoke(start).assessment
    assert assessment is not None
    return assessment

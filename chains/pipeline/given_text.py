"""Scoring a text that the model did not write itself."""

import time
from collections.abc import Sequence

from langchain_core.language_models import BaseChatModel

from chains.engines.scoring import HALF_CHARACTER, NO_SCORES, NO_TEXT, CannotScore, ScoringModel, is_whole
from chains.errors import MessageTooLong
from chains.messages import ReplyReader, to_langchain
from chains.models.line import in_line
from chains.pipeline.model_calls import Meter
from estimators.types import Answer, Message


def score_text(
    model: BaseChatModel, messages: Sequence[Message], text: str, *, top_logprobs: int = 20, meter: Meter
) -> Answer:
    """Score a text as the model's reply: the log-probability (nats) of each token, from the raw distribution.

    The end of the text is not scored. If there are no log-probabilities, the
    answer has no tokens and ``missing`` says why. Raises ModelUnavailable if the
    model cannot be reached.
    """
    if not text:
        return Answer("", missing=NO_TEXT)
    if not is_whole(text):
        return Answer(text, missing=HALF_CHARACTER)
    if not isinstance(model, ScoringModel):
        return Answer(text, missing=NO_SCORES)
    start = time.perf_counter()
    reader = ReplyReader()
    try:
        with in_line(answering=True):
            reader.add(model.score(to_langchain(messages), text, top_logprobs))
    except (MessageTooLong, CannotScore) as error:
        return Answer(text, missing=str(error))
    meter.add(reader.usage, time.perf_counter() - start)
    return reader.answer()

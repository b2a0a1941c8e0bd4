"""The model that gives an answer's words their probabilities where the answering model sends none."""

import os
import threading
from collections.abc import Iterator
from dataclasses import replace

from langchain_core.language_models import BaseChatModel

from chains.engines.open import open_chat_model
from chains.errors import CredenceError
from chains.finish import WHOLE
from chains.identity import identity
from chains.pipeline.given_text import score_text
from chains.pipeline.turn import Turn, answered

SCORING = "scoring"  # what the calls are counted as
BUILT_IN = ("tiny", "builtin")
VARIABLE = "CREDENCE_SCORE_WITH"  # names one more model: a file, a folder, or one of the hub
_opened: dict[str, BaseChatModel] = {}
_lock = threading.Lock()


def scorers() -> tuple[str, ...]:
    """The models that the setting ``score_with`` may name: settings come from requests and from imported files."""
    named = os.environ.get(VARIABLE, "").strip()
    return (*BUILT_IN, *([named] if named and named not in BUILT_IN else []))


def opened(model: str | BaseChatModel) -> BaseChatModel:
    """The model itself, or that of this name, which is opened once per process when it is first needed.

    Raises ModelUnavailable, whose text says what to do.
    """
    if isinstance(model, BaseChatModel):
        return model
    with _lock:
        if model not in _opened:
            _opened[model] = open_chat_model(model)
        return _opened[model]


def scored_elsewhere(turn: Turn) -> Iterator[Turn]:
    """The turn with its words scored by the model that the settings name; nothing where that is not needed.

    If that fails, the answer stays without token probabilities, and the reason says why.
    """
    answer, named = turn.answer, turn.settings.score_with
    if not named or answer is None or not answer.text or answer.tokens or answer.finish not in WHOLE:
        return
    yield replace(turn, stage="scoring")
    try:
        if named not in scorers():
            raise CredenceError(f"only {', '.join(scorers())} may score words here ({VARIABLE} adds one)")
        scorer = opened(named)
        with turn.meter.part(SCORING) as meter:
            top = turn.settings.top_logprobs
            scored = score_text(scorer, turn.sent, answer.text, top_logprobs=top, meter=meter)
        name, why = str(identity(scorer)["model"]), scored.missing
    except CredenceError as error:
        name, scored, why = named, answer, str(error)
    if not scored.tokens:
        why = f"{answer.missing}, and {name} could not score it: {why.rstrip('.')}"
        yield answered(turn, replace(answer, missing=why))
        return
    whole = replace(answer, tokens=scored.tokens, missing="")
    yield replace(answered(turn, whole), scored_by=name)

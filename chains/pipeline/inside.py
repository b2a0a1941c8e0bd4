"""Reading attention weights and hidden states of an answer, where the engine shows them."""

import logging
import time
from dataclasses import replace

from langchain_core.language_models import BaseChatModel
from langchain_core.messages.ai import InputTokenDetails, UsageMetadata

from chains.calibration.probe_store import load_probe
from chains.engines.internals import NO_INSIGHT, Inside, ShowsInside
from chains.errors import CredenceError
from chains.identity import identity
from chains.messages import to_langchain
from chains.pipeline.turn import Turn
from estimators.internals import Internals, ProbeScore, unreadable
from estimators.signals.internal_states import NEED

AFTER_REASONING = "the model reasoned first, and its inside is read only for answers without reasoning"
NO_ATTENTION = "the model reports no attention weights"
_log = logging.getLogger(__name__)


def looked_inside(model: BaseChatModel, turn: Turn) -> Turn:
    """The turn with what was read inside of the model, or with the reason why nothing was."""
    assert turn.answer is not None
    if not isinstance(model, ShowsInside):
        return replace(turn, internals=unreadable(NO_INSIGHT))
    if turn.answer.reasoning is not None:
        return replace(turn, internals=unreadable(AFTER_REASONING))
    start, (_, end) = time.perf_counter(), turn.answer.span or (0, 0)
    try:
        with turn.meter.part(NEED) as meter:
            inside = model.inside(to_langchain(turn.sent), turn.answer.text, end)
            meter.add(_usage(inside), time.perf_counter() - start)
    except CredenceError as error:
        return replace(turn, internals=unreadable(str(error).rstrip(".")))
    except Exception as error:  # a model whose layers are not like those of others
        _log.exception("the inside of the model could not be read")
        return replace(turn, internals=unreadable(f"the model failed ({type(error).__name__})"))
    who = identity(model)
    return replace(turn, internals=internals_of(inside, who["model"], who["model_sha256"]))


def internals_of(inside: Inside, model: str, sha256: str | None) -> Internals:
    """What the estimators need of a pass: attention weights as they are, hidden states as scores of a trained probe."""
    probe = load_probe(model, sha256)
    scores, why = {}, ""
    if probe is None:
        why = "no linear probe was trained for this model (python -m evaluation probe-train)"
    else:
        states = {"before": inside.before, "after": inside.after}
        for position, fitted in probe.states.items():
            layers = states[position]
            if fitted.layer >= len(layers) or layers.shape[1:] != fitted.weights.shape:
                return Internals(
                    inside.logprobs, inside.attention, no_attention="" if inside.attention else NO_ATTENTION,
                    no_scores=f"the linear probe {probe.name} was trained on a model of another shape",
                )  # fmt: skip
            value = float(fitted.score(layers[fitted.layer][None])[0])
            scores[position] = ProbeScore(value, probe.key)
    return Internals(
        inside.logprobs, inside.attention, scores, "" if inside.attention else NO_ATTENTION, why
    )  # fmt: skip


def _usage(inside: Inside) -> UsageMetadata:
    read, cached = inside.prompt_tokens, InputTokenDetails(cache_read=inside.cached_tokens)
    return UsageMetadata(input_tokens=read, output_tokens=0, total_tokens=read, input_token_details=cached)

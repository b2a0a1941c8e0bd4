"""Attention weights and hidden states of a transformers model while it reads a reply."""

from collections.abc import Iterator, Mapping, Sequence
from math import ceil
from typing import Any

import numpy as np

from chains.engines.internals import Inside
from chains.engines.transformers.decoder import Engine

BLOCK = 32  # tokens whose attention weights are in memory at the same time


def inside(engine: Engine, prompt: Sequence[int], reply: Sequence[int], last: int) -> Iterator[Inside]:
    """``read_inside`` as a stream of one."""
    yield read_inside(engine, prompt, reply, last)


def read_inside(engine: Engine, prompt: Sequence[int], reply: Sequence[int], last: int) -> Inside:
    """Read a reply after a prompt; ``last``: the place of the reply's token whose state is kept.

    Of every layer in the middle third, the head is kept that attends most to the preceding token on average.
    """
    evaluated, cache = engine.recall(prompt)
    cached = len(evaluated)
    if cached < len(prompt) - 1:
        _, cache = engine.rows(prompt[cached:-1], cache, 1)
    tokens = [prompt[-1], *reply]
    logprobs: list[float] = []
    previous: dict[int, list[Any]] = {}
    states = []
    for start in range(0, len(tokens), BLOCK):
        block = tokens[start : start + BLOCK]
        out = engine.inside(block, cache)
        cache = out.past_key_values
        chosen = tokens[start + 1 : start + 1 + len(block)]
        logprobs += _logprobs(out.logits[0, -len(block) :], chosen)
        offset = len(prompt) - 1 + start
        for layer in _middle(len(out.attentions or ())):
            previous.setdefault(layer, []).append(_to_previous(out.attentions[layer], offset))
        kept = {0, last + 1} & set(range(start, start + len(block)))
        states += [_states(out.hidden_states, place - start) for place in sorted(kept)]
    return Inside(
        tuple(logprobs), _selected(previous), states[0], states[-1], len(prompt) + len(reply), cached
    )


def _middle(layers: int) -> range:
    """The middle third of the layers, as the authors' code takes it.

    >>> _middle(28), _middle(2)
    (range(9, 20), range(0, 2))
    """
    return range(layers // 3, min(layers, ceil(layers / 3 * 2) + 1))


def _logprobs(logits: Any, chosen: Sequence[int]) -> list[float]:
    rows = logits[: len(chosen)].float().log_softmax(-1)
    return [min(0.0, float(row[token])) for row, token in zip(rows, chosen, strict=True)]


def _to_previous(attention: Any, offset: int) -> Any:
    """Attention of each token of a block to the one before it, shape (block, heads)."""
    heads = attention[0].float()
    places = range(heads.shape[1])
    return np.stack([heads[:, place, offset + place - 1].cpu().numpy() for place in places])


def _selected(previous: Mapping[int, Sequence[Any]]) -> dict[int, tuple[float, ...]]:
    """Of each layer, the weights of the reply's tokens 2 to N by the head with the highest mean."""
    weights = {}
    for layer, blocks in previous.items():
        heads = np.concatenate(blocks)[2:]  # row 0 is the prompt's last token, row 1 the reply's first
        best = heads[:, int(heads.mean(axis=0).argmax())] if heads.size else np.zeros(0)
        weights[layer] = tuple(float(np.clip(weight, 0.0, 1.0)) for weight in best)
    return weights


def _states(hidden: Sequence[Any], place: int) -> Any:
    return np.stack([layer[0, place].float().cpu().numpy() for layer in hidden]).astype(np.float32)

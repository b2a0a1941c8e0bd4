"""The answer KL penalty: how far the token distributions before the confidence have moved.

Confidence and answer come from the same weights, so training one moves the other unless movement is penalized.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor

KEPT = 16  # most probable tokens per position; the others count as one
SMALLEST = 1e-9  # the remaining probability is clamped here before its logarithm
# For each position: token ids and their log-probabilities, nats.
Words = tuple[tuple[tuple[int, ...], tuple[float, ...]], ...]


def words_of(logits: "Tensor") -> Words:
    """The most probable tokens at each position, from logits of shape (positions, vocabulary)."""
    top = logits.float().log_softmax(-1).topk(min(KEPT, logits.shape[-1]), -1)
    return tuple(
        (tuple(ids), tuple(round(logprob, 4) for logprob in logprobs))
        for ids, logprobs in zip(top.indices.tolist(), top.values.tolist(), strict=True)
    )


def words_batch(words: Sequence[Words]) -> dict[str, "Tensor"]:
    """Words of several replies as right-aligned tensors; missing positions have weight 0.

    ``word_ids`` and ``word_logprobs`` have shape (B, longest, KEPT), ``word_weights`` (B, longest) is 1 or 0.
    """
    import torch

    longest = max(map(len, words), default=0)
    kept = max((len(ids) for word in words for ids, _ in word), default=1)
    ids = torch.zeros(len(words), longest, kept, dtype=torch.long)
    logprobs = torch.full((len(words), longest, kept), -float("inf"))
    weights = torch.zeros(len(words), longest)
    for row, positions in enumerate(words):
        for place, (tokens, values) in enumerate(positions, longest - len(positions)):
            ids[row, place] = torch.tensor(tokens)
            logprobs[row, place] = torch.tensor(values)
            weights[row, place] = 1
    return {"word_ids": ids, "word_logprobs": logprobs, "word_weights": weights}


def words_divergence(logits: "Tensor", ids: "Tensor", logprobs: "Tensor", weights: "Tensor") -> "Tensor":
    """How far the words of each reply have moved, Σ_t KL(π₀ ‖ π) over its positions t, nats, shape (B,).

    KL = Σ_v π₀(v) · ln(π₀(v) / π(v)) over the kept tokens v and all others as one.

    Parameters
    ----------
    logits : current logits of the positions, shape (B, longest, vocabulary)
    ids, logprobs, weights : from ``words_batch``
    """
    now = logits.float().log_softmax(-1).gather(-1, ids)
    before = logprobs.exp()
    moved = (before * (logprobs - now)).masked_fill(before == 0, 0).sum(-1)
    rest, rest0 = ((1 - kept.sum(-1)).clamp(min=SMALLEST) for kept in (now.exp(), before))
    return ((moved + rest0 * (rest0 / rest).log()) * weights).sum(-1)

"""Drawing a token from the logits of a model, and what is known of one that was drawn."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import Generator as Chance
    from torch import Tensor

OPTIONS = ("temperature", "top_p", "max_tokens", "seed", "logprobs", "top_logprobs")


@dataclass(frozen=True, slots=True)
class Sampling:
    """How the next token is drawn; does not affect the reported probabilities."""

    temperature: float = 1.0  # 0 takes the most probable token
    top_p: float = 1.0
    seed: int | None = None  # None: a different reply each time
    max_tokens: int = 1
    top: int = 20  # number of alternatives reported for each token

    def __post_init__(self) -> None:
        if not 0 <= self.temperature < math.inf:
            raise ValueError(f"temperature {self.temperature} is not a number ≥ 0")
        if not 0 < self.top_p <= 1:
            raise ValueError(f"top_p {self.top_p} is not in (0, 1]")
        if self.max_tokens < 1:
            raise ValueError(f"max_tokens {self.max_tokens} is not at least 1")
        if self.top < 0:
            raise ValueError(f"top_logprobs {self.top} is negative")


@dataclass(frozen=True, slots=True)
class Step:
    """One emitted token and the raw distribution that it was drawn from."""

    token: int
    logprob: float  # nats, before temperature and top-p
    top: tuple[tuple[int, float], ...]  # (token, nats), most probable first
    cached: int  # prompt tokens taken from the cache


def sampling_of(bound: Mapping[str, Any], defaults: Mapping[str, Any], room: int) -> tuple[Sampling, bool]:
    """How a reply of at most ``room`` tokens is drawn under these options, and whether to report log-probabilities.

    Raises ValueError for an option that does not exist or is out of range.
    """
    unknown = set(bound) - {*OPTIONS, "stream"}
    if unknown:
        accepted = ", ".join((*OPTIONS, "stop"))
        raise ValueError(f"unknown option {', '.join(sorted(unknown))}; this engine accepts {accepted}")
    # LangChain binds None for "not set".
    chosen = {**defaults, **{name: value for name, value in bound.items() if value is not None}}
    limit = room if chosen["max_tokens"] is None else min(chosen["max_tokens"], room)
    with_logprobs = bool(chosen["logprobs"])
    top = int(chosen["top_logprobs"]) if with_logprobs else 0
    return Sampling(chosen["temperature"], chosen["top_p"], chosen["seed"], limit, top), with_logprobs


def random_source(seed: int | None) -> "Chance":
    """Where the tokens of one reply are drawn from; None: a different reply each time."""
    import torch

    chance = torch.Generator()
    if seed is None:
        chance.seed()
    else:
        chance.manual_seed(seed)
    return chance


def draw(logits: "Tensor", sampling: Sampling, chance: "Chance", cached: int) -> Step:
    """Draw one token; the reported log-probabilities come from the raw logits."""
    import torch

    if sampling.temperature == 0:
        token = int(logits.argmax())
    else:
        # Shifted first; otherwise a tiny temperature would overflow.
        weights = ((logits - logits.max()) / sampling.temperature).softmax(-1)
        if sampling.top_p < 1:
            ordered, order = weights.sort(descending=True)
            beyond = ordered.cumsum(-1) - ordered >= sampling.top_p  # the token that reaches top-p is kept
            weights = weights.index_fill(0, order[beyond], 0.0)
        token = int(torch.multinomial(weights, 1, generator=chance))
    return given(token, logits, sampling.top, cached)


def given(token: int, logits: "Tensor", top: int, cached: int) -> Step:
    """One token and its raw distribution, from logits of shape (vocabulary,)."""
    logprobs = logits.log_softmax(-1)
    values, indices = logprobs.topk(min(top, len(logprobs)))
    pairs: Iterable[tuple[int, float]] = zip(indices.tolist(), values.tolist(), strict=True)
    alternatives = tuple((index, value) for index, value in pairs if math.isfinite(value))
    return Step(token, float(logprobs[token]), alternatives, cached)

"""Decoding with a transformers model: one token at a time, from raw logits, with a prefix cache."""

import copy
import threading
from collections.abc import Container, Generator, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from chains.engines.transformers.drawing import Sampling, Step, draw, given, random_source
from chains.engines.transformers.static_cache import StaticCaches
from chains.errors import EngineStopped

if TYPE_CHECKING:
    from torch import Tensor

SCORED_AT_ONCE = 256  # tokens of a given text whose logits are in memory at the same time
KEPT_PROMPTS = 2  # one for the conversation, one for third-person probes


class Engine:
    """A loaded model and its tokenizer. Calls may interleave; one evaluation runs at a time."""

    def __init__(
        self, model: Any, tokenizer: Any, *, static_cache: int | None = None, compiled: bool = False
    ) -> None:
        """``static_cache``: tokens of a cache of fixed size for decoding; ``compiled``: compile that step too."""
        import inspect

        self.model, self.tokenizer = model, tokenizer
        self._lock = threading.Lock()
        self._kept: list[tuple[tuple[int, ...], Any]] = []  # (tokens, their cache), oldest first
        # Without this argument, a long prompt would produce logits for each of its tokens.
        last_only = "logits_to_keep" in inspect.signature(model.forward).parameters
        self._static = None if static_cache is None else StaticCaches(model.config, static_cache)
        self._step = _compiled(model) if compiled else model
        self._options = {"use_cache": True} | ({"logits_to_keep": 1} if last_only else {})

    def decode(
        self, prompt: Sequence[int], sampling: Sampling, ends: Container[int]
    ) -> Generator[Step, None, None]:
        """Draw tokens until one of ``ends`` (also yielded) or the limit; closing the generator stops at once."""
        chance = random_source(sampling.seed)
        evaluated, cache = self.recall(prompt)
        cached, new = len(evaluated), list(prompt[len(evaluated) :])
        static = self._static if self._fits(len(prompt) + sampling.max_tokens) else None
        moved = False  # into a static cache
        try:
            for _ in range(sampling.max_tokens):
                taken, cache = cache, None  # a failed evaluation leaves its cache half filled
                logits, cache = self._evaluate(evaluated if taken is None else [], new, taken)
                evaluated += new
                if static is not None and not moved and cuttable(cache, len(evaluated)):
                    cache, moved = static.filled(cache), True
                step = draw(logits, sampling, chance, cached)
                yield step
                if step.token in ends:
                    return
                new = [step.token]
        finally:
            if static is not None and moved and cache is not None:
                cache = static.emptied(cache, len(evaluated))
            self.remember(evaluated, cache)

    def score(self, prompt: Sequence[int], reply: Sequence[int], top: int) -> list[Step]:
        """The given tokens as if they had just been drawn, evaluated in blocks of a few hundred.

        Raises EngineStopped.
        """
        evaluated, cache = self.recall(prompt)
        cached, tokens = len(evaluated), [*prompt, *reply[:-1]]
        steps: list[Step] = []
        while len(evaluated) < len(tokens):
            # Only a cache that can be cut is sure to take several tokens after the first block.
            at_once = bool(evaluated) and not cuttable(cache, len(evaluated))
            start = 0 if at_once else len(evaluated)
            end = len(tokens) if at_once else min(start + SCORED_AT_ONCE, len(tokens))
            keep = end - len(prompt) + 1 - len(steps)
            rows, cache = self.rows(tokens[start:end], None if at_once else cache, max(keep, 1))
            evaluated = tokens[:end]
            if keep > 0:
                for row in rows[-keep:]:
                    steps.append(given(reply[len(steps)], row, top, cached))
        self.remember(evaluated, cache)
        return steps

    def logprobs(self, prompt: Sequence[int], reply: Sequence[int]) -> list[float]:
        """Log-probability (nats) of each given token of a reply, in one evaluation."""
        import torch

        with self._lock, torch.inference_mode():
            ids = torch.tensor([[*prompt, *reply]], device=self.model.device)
            logits = self.model(input_ids=ids).logits[0, len(prompt) - 1 : -1].float()
            chosen = torch.tensor(list(reply), device=logits.device)[:, None]
            return [float(value) for value in logits.log_softmax(-1).gather(-1, chosen)[:, 0]]

    def close(self) -> None:
        """Free the memory."""
        import gc

        import torch

        with self._lock:
            self.model = self._step = None
            self._kept.clear()
        if self._static is not None:
            self._static.close()
        gc.collect()
        if torch.cuda.is_available():
            torch.cuda.empty_cache()

    def _fits(self, tokens: int) -> bool:
        """Whether a prompt and its longest reply fit into a static cache."""
        return self._static is not None and tokens <= self._static.length

    def _evaluate(self, uncached: Sequence[int], new: Sequence[int], cache: Any) -> tuple["Tensor", Any]:
        """The logits after the last token, shape (vocabulary,), and the cache."""
        rows, cache = self.rows([*uncached, *new], cache, 1)
        return rows[0], cache

    def rows(self, tokens: Sequence[int], cache: Any, keep: int) -> tuple["Tensor", Any]:
        """The logits after each of the last ``keep`` tokens, shape (keep, vocabulary), and the cache."""
        with self._evaluating(len(tokens)):
            # Only single steps on a static cache always have the same shape.
            compiled = len(tokens) == 1 and getattr(cache, "is_compileable", False)
            out = self._output(self._step if compiled else self.model, tokens, cache, keep)
            # Drawn on the CPU, so that a seed gives the same reply on every device.
            return out.logits[0, -keep:].float().cpu(), getattr(out, "past_key_values", None)

    def read(
        self, tokens: Sequence[int], cache: Any, places: Sequence[int], positions: Sequence[int], sees: Any
    ) -> tuple["Tensor", Any]:
        """The logits after the tokens at these places, shape (places, vocabulary), and the cache.

        ``sees`` says which tokens, those of the cache first, each token sees, shape (tokens, all tokens).
        """
        import torch

        with self._evaluating(len(tokens)):
            dtype, device = self.model.dtype, self.model.device
            hidden = ~torch.from_numpy(sees)
            mask = torch.zeros(hidden.shape, dtype=dtype).masked_fill(hidden, torch.finfo(dtype).min)
            index = torch.tensor(list(places), device=device)
            out = self._output(
                self.model, tokens, cache, index,
                attention_mask=mask[None, None].to(device),
                position_ids=torch.tensor([list(positions)], device=device),
            )  # fmt: skip
            logits = out.logits[0] if "logits_to_keep" in self._options else out.logits[0, index]
            return logits.float().cpu(), out.past_key_values

    def inside(self, tokens: Sequence[int], cache: Any) -> Any:
        """The output for these tokens with its attention weights and hidden states."""
        shown = {"output_attentions": True, "output_hidden_states": True}
        with self._evaluating(len(tokens)), eager_attention(self.model):
            return self._output(self.model, tokens, cache, len(tokens), **shown)

    def _output(self, model: Any, tokens: Sequence[int], cache: Any, keep: Any, **more: Any) -> Any:
        import torch

        ids = torch.tensor([list(tokens)], device=self.model.device)
        options = self._options | ({"logits_to_keep": keep} if "logits_to_keep" in self._options else {})
        return model(input_ids=ids, past_key_values=cache, **options, **more)

    @contextmanager
    def _evaluating(self, tokens: int) -> Iterator[None]:
        """One evaluation at a time; raises EngineStopped if the model is closed or memory runs out."""
        import torch

        with self._lock, torch.inference_mode():
            if self.model is None:
                raise EngineStopped("The model was closed during the reply. Open it again.")
            try:
                yield
            except (RuntimeError, MemoryError) as error:
                if not out_of_memory(error):
                    raise
                self._kept.clear()
                raise EngineStopped(
                    f"The model ran out of memory on {self.model.device} at {tokens:,} tokens. "
                    "Start a new conversation, send a shorter message, or open a smaller model."
                ) from error

    def recall(self, prompt: Sequence[int]) -> tuple[list[int], Any]:
        """The longest cached prefix of the prompt and its cache; at least one token is left to evaluate."""
        with self._lock:
            shared = [common(tokens, prompt[:-1]) for tokens, _ in self._kept]
            if not shared or not max(shared):
                return [], None
            tokens, cache = self._kept[shared.index(max(shared))]
        # Cache layers never write in place, so a shallow copy shares the tensors and can be cut.
        fork = copy.copy(cache)
        fork.layers = [copy.copy(layer) for layer in cache.layers]
        fork.crop(max(shared) - len(tokens))
        return list(tokens[: max(shared)]), fork

    def remember(self, tokens: Sequence[int], cache: Any) -> None:
        """Keep an evaluated prompt and reply, replacing the most similar one if there are too many."""
        if not cuttable(cache, len(tokens)):
            return
        with self._lock:
            if self.model is None:
                return
            if len(self._kept) == KEPT_PROMPTS:
                shared = [common(kept, tokens) for kept, _ in self._kept]
                del self._kept[shared.index(max(shared))]
            self._kept.append((tuple(tokens), cache))


@contextmanager
def eager_attention(model: Any) -> Iterator[None]:
    """Attention computed step by step, as only then its weights exist."""
    usual = model.config._attn_implementation
    model.set_attn_implementation("eager")
    try:
        yield
    finally:
        model.set_attn_implementation(usual)


def _compiled(model: Any) -> Any:
    """The model's step as compiled code; on CUDA as a graph."""
    import torch

    return torch.compile(model, mode="reduce-overhead", dynamic=False)


def out_of_memory(error: BaseException) -> bool:
    """Whether this error means that memory is full."""
    import torch

    return isinstance(error, (torch.OutOfMemoryError, MemoryError)) or "can't allocate memory" in str(error)


def common(first: Sequence[int], second: Sequence[int]) -> int:
    """The length of the common prefix of two sequences."""
    pairs = enumerate(zip(first, second, strict=False))
    return next((i for i, (a, b) in pairs if a != b), min(len(first), len(second)))


def cuttable(cache: Any, length: int) -> bool:
    """Whether a cache can be cut to a prefix: only if it keeps every token (no sliding window, no state space)."""
    if cache is None:
        return False
    from transformers.cache_utils import DynamicLayer

    layers = getattr(cache, "layers", [])
    return bool(layers) and all(type(x) is DynamicLayer and x.get_seq_length() == length for x in layers)

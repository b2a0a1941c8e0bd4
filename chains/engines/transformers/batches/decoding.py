"""Decoding several replies at the same time: their prompts are one tree of tokens, and each step reads one token of each."""

import inspect
from collections.abc import Container, Generator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from chains.engines.transformers.batches.token_tree import TokenTree
from chains.engines.transformers.decoder import Engine, common, cuttable
from chains.engines.transformers.drawing import Sampling, Step, draw, random_source

MOST_ROWS = 32  # replies at the same time
LARGEST_MASK = 2**23  # entries: tokens that are read × tokens that they could see
Drawn = Generator[tuple[int, Step], None, None]


@dataclass(frozen=True, slots=True)
class _Rows:
    """Prompts that are read together."""

    tree: TokenTree
    cache: Any  # of what the tree knows already
    tips: Mapping[int, int]  # the place of each prompt's last token
    read: Mapping[int, int]  # how many of its tokens are read for each prompt


def decode_together(
    engine: Engine, prompts: Sequence[Sequence[int]], samplings: Sequence[Sampling], ends: Container[int]
) -> Drawn:
    """Draw the tokens of a reply to each prompt, as ``Engine.decode`` would; each step comes with its prompt's number.

    A shared beginning is read once, and what an earlier call left in the prefix cache is not read at all. Prompts that
    would make a mask too large are read in several batches. A model that cannot read a tree answers one prompt after
    another. Closing the generator stops at once.
    """
    left = list(range(len(prompts)))
    able = len(left) > 1 and reads_trees(engine.model)
    while left:
        rows = _rows(engine, prompts, left) if able else None
        if rows is None or len(rows.tips) == 1:
            number = left.pop(0)
            for step in engine.decode(prompts[number], samplings[number], ends):
                yield number, step
            continue
        left = [number for number in left if number not in rows.tips]
        cached = {number: len(prompts[number]) - read for number, read in rows.read.items()}
        yield from _grown(engine, rows, cached, samplings, ends)


def reads_trees(model: Any) -> bool:
    """Whether a model takes the position of each token and what it sees, and keeps every token it has read."""
    from transformers.cache_utils import DynamicCache

    return (
        {"position_ids", "attention_mask"} <= inspect.signature(model.forward).parameters.keys()
        and model.config._attn_implementation in ("sdpa", "eager")
        and cuttable(DynamicCache(config=model.config), 0)
    )


def _rows(engine: Engine, prompts: Sequence[Sequence[int]], left: Sequence[int]) -> _Rows | None:
    """As many of the prompts as one tree holds; None if they do not begin alike and nothing is known of them."""
    ahead = _read_ahead(engine, [prompts[number] for number in left])
    recalled = {number: engine.recall(prompts[number]) for number in left}
    known, cache = max(recalled.values(), key=lambda recall: len(recall[0]))
    if cache is None:
        return None
    tree, tips, read = TokenTree(known), dict[int, int](), dict[int, int]()
    for number in left:
        own, prompt = recalled[number][0], prompts[number]
        if own != known[: len(own)]:
            continue  # another kept text knows more of it
        new = tree.new(prompt)
        size = len(tree) + new
        if tips and (len(tips) == MOST_ROWS or (size - len(known)) * size > LARGEST_MASK):
            break
        read[number] = new + (0 if tips else ahead)
        tips[number] = tree.grow(prompt)
    return _Rows(tree, cache, tips, read)


def _read_ahead(engine: Engine, prompts: Sequence[Sequence[int]]) -> int:
    """Read what all prompts begin with, if the prefix cache knows nothing of them; returns how many tokens."""
    if any(engine.recall(prompt)[0] for prompt in prompts):
        return 0
    shared = list(prompts[0][: min(common(prompts[0], prompt[:-1]) for prompt in prompts)])
    if shared:
        engine.remember(shared, engine.rows(shared, None, 1)[1])
    return len(shared)


def _grown(
    engine: Engine,
    rows: _Rows,
    cached: Mapping[int, int],
    samplings: Sequence[Sampling],
    ends: Container[int],
) -> Drawn:
    """Draw tokens until each reply has ended; the prompt that was read most of is remembered."""
    tree, cache, tips = rows.tree, rows.cache, dict(rows.tips)
    chances = {number: random_source(samplings[number].seed) for number in tips}
    left = {number: samplings[number].max_tokens for number in tips}
    longest = max(rows.read, key=lambda number: rows.read[number])
    path = tree.path(tips[longest]) if rows.read[longest] > 1 else []
    start = cache.get_seq_length()
    while tips:
        logits, cache = _evaluate(engine, tree, start, cache, list(tips.values()))
        start = len(tree)
        if path:
            engine.remember([tree.tokens[place] for place in path], _along(cache, path))
            path = []
        for (number, tip), line in zip(list(tips.items()), logits, strict=True):
            step = draw(line, samplings[number], chances[number], cached[number])
            left[number] -= 1
            if step.token in ends or not left[number]:
                del tips[number]
            else:
                tips[number] = tree.add(tip, step.token)
            yield number, step


def _evaluate(
    engine: Engine, tree: TokenTree, start: int, cache: Any, tips: Sequence[int]
) -> tuple[Any, Any]:
    """The logits after each of the ``tips``, shape (tips, vocabulary), and the cache with all tokens from ``start`` on."""
    import torch

    model, new = engine.model, range(start, len(tree))
    seen = torch.from_numpy(tree.sees(new))
    mask = torch.zeros(seen.shape, dtype=model.dtype).masked_fill(~seen, torch.finfo(model.dtype).min)
    positions = torch.tensor([tree.depths[start:]], device=model.device)
    return engine.read(
        tree.tokens[start:], cache, [tip - start for tip in tips],
        attention_mask=mask[None, None].to(model.device), position_ids=positions,
    )  # fmt: skip


def _along(cache: Any, path: Sequence[int]) -> Any:
    """The cache of one path of a tree."""
    import torch
    from transformers.cache_utils import DynamicCache

    own: Any = DynamicCache()
    for number, layer in enumerate(cache.layers):
        places = torch.tensor(path, device=layer.keys.device)
        own.update(layer.keys.index_select(-2, places), layer.values.index_select(-2, places), number)
    return own

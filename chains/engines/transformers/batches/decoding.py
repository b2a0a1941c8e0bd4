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
    cached: Mapping[int, int]  # how many tokens of each prompt need not be read for it
    path: Sequence[int]  # of the prompt that most is read of, which is worth remembering; else empty


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
        yield from _grown(engine, rows, samplings, ends)


def reads_trees(model: Any) -> bool:
    """Whether a model takes the position of each token and what it sees, and keeps every token it has read."""
    from transformers.cache_utils import DynamicCache

    return (
        model is not None  # closed
        and {"position_ids", "attention_mask"} <= inspect.signature(model.forward).parameters.keys()
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
        read[number], tips[number] = new, tree.grow(prompt)
    cached = {number: len(prompts[number]) - new for number, new in read.items()}
    cached[next(iter(cached))] -= ahead
    most = max(read, key=lambda number: read[number])
    return _Rows(tree, cache, tips, cached, tree.path(tips[most]) if read[most] > 1 else ())


def _read_ahead(engine: Engine, prompts: Sequence[Sequence[int]]) -> int:
    """Read what all prompts begin with, if the prefix cache knows nothing of them; returns how many tokens."""
    if any(engine.recall(prompt)[0] for prompt in prompts):
        return 0
    shared = list(prompts[0][: min(common(prompts[0], prompt[:-1]) for prompt in prompts)])
    if shared:
        engine.remember(shared, engine.rows(shared, None, 1)[1])
    return len(shared)


def _grown(engine: Engine, rows: _Rows, samplings: Sequence[Sampling], ends: Container[int]) -> Drawn:
    """Draw tokens until each reply has ended."""
    tree, cache, tips, path = rows.tree, rows.cache, dict(rows.tips), rows.path
    chances = {number: random_source(samplings[number].seed) for number in tips}
    left = {number: samplings[number].max_tokens for number in tips}
    start = cache.get_seq_length()
    while tips:
        places = [tip - start for tip in tips.values()]
        sees = tree.sees(range(start, len(tree)))
        logits, cache = engine.read(tree.tokens[start:], cache, places, tree.depths[start:], sees)
        start = len(tree)
        if path:
            engine.remember([tree.tokens[place] for place in path], _along(cache, path))
            path = ()
        for (number, tip), line in zip(list(tips.items()), logits, strict=True):
            step = draw(line, samplings[number], chances[number], rows.cached[number])
            left[number] -= 1
            if step.token in ends or not left[number]:
                del tips[number]
            else:
                tips[number] = tree.add(tip, step.token)
            yield number, step


def _along(cache: Any, path: Sequence[int]) -> Any:
    """The cache of one path of a tree."""
    import torch
    from transformers.cache_utils import DynamicCache

    own: Any = DynamicCache()
    for number, layer in enumerate(cache.layers):
        places = torch.tensor(path, device=layer.keys.device)
        own.update(layer.keys.index_select(-2, places), layer.values.index_select(-2, places), number)
    return own

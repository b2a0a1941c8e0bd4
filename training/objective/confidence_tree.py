"""The eleven confidences as actions: a tree of their tokens, scored behind one shared prefix."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True, slots=True)
class ActionTree:
    """Token sequences with shared prefixes, without their last tokens, which are only predicted, never input.

    Node k is row k + 1 of the logits; row 0 is the last token of the prefix.
    """

    tokens: tuple[int, ...]  # one per node
    above: tuple[tuple[int, ...], ...]  # each node's ancestors and itself, top down
    paths: tuple[tuple[tuple[int, int], ...], ...]  # for each action: (row, token predicted there)

    @property
    def rows(self) -> int:
        """Number of logit rows needed for scoring."""
        return len(self.tokens) + 1


def action_tree(actions: Sequence[Sequence[int]]) -> ActionTree:
    """The tree of the actions' tokens; raises ValueError if one action is a prefix of another.

    >>> tree = action_tree([(5, 9), (1, 9), (1, 0, 9)])  # “5”, “1” and “10”, each with the end of the turn
    >>> tree.tokens, tree.above
    ((5, 1, 0), ((0,), (1,), (1, 2)))
    >>> tree.paths[2]
    ((0, 1), (2, 0), (3, 9))
    """
    nodes: dict[tuple[int, ...], int] = {}
    complete = {tuple(action) for action in actions}
    if len(complete) < len(actions) or () in complete:
        raise ValueError("two confidences have the same tokens")
    for action in actions:
        for end in range(1, len(action)):
            if (prefix := tuple(action[:end])) in complete:
                raise ValueError(f"the tokens {prefix} are an action and a prefix of another")
            nodes.setdefault(prefix, len(nodes))
    above = tuple(tuple(nodes[node[:end]] for end in range(1, len(node) + 1)) for node in nodes)
    rows = {(): 0} | {node: place + 1 for node, place in nodes.items()}
    paths = tuple(
        tuple((rows[tuple(action[:k])], action[k]) for k in range(len(action))) for action in actions
    )
    return ActionTree(tuple(node[-1] for node in nodes), above, paths)


def tree_inputs(prefixes: Sequence[Sequence[int]], tree: ActionTree, dtype: Any) -> dict[str, "Tensor"]:
    """Inputs for a causal model that scores the tree after each prefix.

    Prefixes are padded on the left, followed by the tree's nodes; each node sees its prefix, its ancestors and itself.
    ``input_ids`` and ``position_ids`` have shape (B, P + N), ``attention_mask`` (B, 1, P + N, P + N) is additive.
    """
    import torch

    longest, nodes = max(map(len, prefixes)), len(tree.tokens)
    size = longest + nodes
    ids = torch.zeros(len(prefixes), size, dtype=torch.long)
    places = torch.zeros_like(ids)
    seen = torch.zeros(len(prefixes), size, size, dtype=torch.bool)
    seen[:, range(size), range(size)] = True  # padding sees itself, since a row that sees nothing gives NaN
    for row, prefix in enumerate(prefixes):
        start = longest - len(prefix)
        ids[row, start:] = torch.tensor([*prefix, *tree.tokens])
        places[row, start:longest] = torch.arange(len(prefix))
        seen[row, start:longest, start:longest] |= torch.ones(len(prefix), len(prefix)).tril().bool()
        seen[row, longest:, start:longest] = True
        for node, ancestors in enumerate(tree.above):
            places[row, longest + node] = len(prefix) + len(ancestors) - 1
            seen[row, longest + node, [longest + ancestor for ancestor in ancestors]] = True
    mask = torch.zeros(seen.shape, dtype=dtype).masked_fill(~seen, torch.finfo(dtype).min)
    return {"input_ids": ids, "position_ids": places, "attention_mask": mask[:, None]}


def last_logits(model: Any, inputs: dict[str, "Tensor"], rows: int) -> "Tensor":
    """The logits of the last ``rows`` tokens, (B, rows, vocabulary); differentiable."""
    return cast("Tensor", model(**inputs, logits_to_keep=rows, use_cache=False).logits[:, -rows:])


def tree_logprobs(logits: "Tensor", tree: ActionTree) -> "Tensor":
    """log π of every action from the logits of the prefix's last token and the nodes, (B, rows, vocabulary)."""
    import torch

    exact = logits.to(torch.promote_types(logits.dtype, torch.float32))
    logprobs = exact - exact.logsumexp(-1, keepdim=True)
    steps = [torch.stack([logprobs[:, row, token] for row, token in path]) for path in tree.paths]
    return torch.stack([path.sum(0) for path in steps], -1)

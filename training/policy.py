"""The model that is trained: its weights with a LoRA adapter, and the eleven confidences as its tokens."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from chains.engines.transformers.chat_template import template_tokens, text_tokens
from chains.engines.transformers.load import load_engine, trainable_adapter
from chains.errors import ModelUnavailable
from chains.messages import to_langchain
from chains.model_files import builtin_gguf
from chains.pipeline.verbalized import BEGINNING, begun_reply, stated_messages
from estimators.types import Message
from training.errors import TrainingStopped
from training.objective.confidence_tree import (
    ActionTree,
    action_tree,
    last_logits,
    tree_inputs,
    tree_logprobs,
)
from training.rewards import STEPS

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True, slots=True)
class Policy:
    """A model with a trainable adapter, and how its confidences are written."""

    model: Any  # peft.PeftModel
    tokenizer: Any
    actions: tuple[tuple[int, ...], ...]  # the tokens of 0 to 10, each with the end of the turn
    tree: ActionTree
    end: int  # the token that ends a turn

    def question_tokens(self, question: str) -> list[int]:
        """The prompt, up to where the model's reply begins."""
        return template_tokens(self.tokenizer, to_langchain(stated_messages(question)))

    def answering_tokens(self, question: str) -> list[int]:
        """The prompt and the reply's first word, after which the answer comes."""
        return self.whole(question, BEGINNING)

    def prefix(self, question: str, answer: str) -> list[int]:
        """Prompt and reply up to the confidence, as the beginning that all eleven whole replies share."""
        whole = self.whole(question, f"{begun_reply(answer)} {STEPS // 2}")
        action = self.actions[STEPS // 2][:-1]
        if tuple(whole[-len(action) :]) != action:
            raise TrainingStopped(f"This model's tokenizer writes a confidence differently after {answer!r}.")
        return whole[: -len(action)]

    def logprobs(self, prefixes: Sequence[Sequence[int]]) -> "Tensor":
        """log π of the eleven confidences after each prefix, shape (B, 11); differentiable."""
        return self.scored(prefixes, 0)[0]

    def scored(self, prefixes: Sequence[Sequence[int]], before: int) -> "tuple[Tensor, Tensor]":
        """log π of the eleven confidences, (B, 11), and the logits of ``before`` tokens before them, in one pass."""
        inputs = tree_inputs(prefixes, self.tree, self.model.dtype)
        there = {name: one.to(self.model.device) for name, one in inputs.items()}
        found = last_logits(self.model, there, before + self.tree.rows)
        return tree_logprobs(found[:, before:], self.tree), found[:, :before]

    def words(self, question: str, prefix: Sequence[int]) -> int:
        """How many tokens of a reply stand before its confidence."""
        return len(prefix) - len(self.question_tokens(question))

    def whole(self, question: str, begun: str) -> list[int]:
        """The prompt and the reply as far as it is begun."""
        messages = (*stated_messages(question), Message("assistant", begun))
        return template_tokens(self.tokenizer, to_langchain(messages))


def load_policy(
    reference: str,
    *,
    adapter: str | None = None,
    rank: int = 8,
    device: str | None = None,
    dtype: str | None = None,
    seed: int = 0,
) -> Policy:
    """Open a model for training: ``builtin``, a .gguf file, a folder or a hub id; ``adapter`` is gone on with.

    A new adapter has rank ``rank`` on all linear layers, scale 2, and starts as zero. Raises ModelUnavailable.
    """
    source = str(builtin_gguf()) if reference == "builtin" else reference
    engine = load_engine(source, device=device, dtype=dtype)
    model = trainable_adapter(engine.model, reference, adapter=adapter, rank=rank, seed=seed)
    return policy_of(model, engine.tokenizer)


def policy_of(model: Any, tokenizer: Any) -> Policy:
    """The policy of a model that has its adapter already."""
    if not tokenizer.chat_template:
        raise ModelUnavailable(
            "This model has no chat template, so it cannot be asked in turns. Train its instruct or chat version."
        )
    end = _turn_end(tokenizer)
    if tokenizer.pad_token_id is None:
        tokenizer.pad_token = tokenizer.convert_ids_to_tokens(end)
    actions = _actions(tokenizer, end)
    return Policy(model, tokenizer, actions, action_tree(actions), end)


def _turn_end(tokenizer: Any) -> int:
    """The token that the chat template puts after a reply."""
    asked = stated_messages("?")
    before = template_tokens(tokenizer, to_langchain((*asked, Message("assistant", "x"))))
    turns = [{"role": one.role, "content": one.content} for one in (*asked, Message("assistant", "x"))]
    whole = list(tokenizer.apply_chat_template(turns, return_dict=False))
    if whole[: len(before)] == before and len(whole) > len(before):
        return int(whole[len(before)])
    if tokenizer.eos_token_id is None:
        raise ModelUnavailable(
            "This model's chat template ends no turn, so no reply would end. Choose another model."
        )
    return int(tokenizer.eos_token_id)


def _actions(tokenizer: Any, end: int) -> tuple[tuple[int, ...], ...]:
    """What differs between the eleven whole replies: the number, and the end of the turn."""
    written = []
    for tenths in range(STEPS + 1):
        tokens = text_tokens(tokenizer, f"{begun_reply('x')} {tenths}")
        if tokens is None:
            raise ModelUnavailable("This model's tokenizer cannot write a confidence. Choose another model.")
        written.append([token for token, _ in tokens])
    shared = 0
    while len({one[shared] for one in written if shared < len(one)}) == 1 and all(
        len(one) > shared for one in written
    ):
        shared += 1
    return tuple((*one[shared:], end) for one in written)

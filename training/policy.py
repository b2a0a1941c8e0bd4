"""The model being trained: weights with a LoRA adapter, and the tokens of the eleven confidences."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from chains.engines.embedded import embedded_path
from chains.engines.transformers.chat_template import template_tokens, text_tokens
from chains.engines.transformers.load import load_engine, trainable_adapter
from chains.errors import ModelUnavailable
from chains.messages import to_langchain
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
    """A model with a trainable adapter, and the tokens of its confidences."""

    model: Any  # peft.PeftModel
    tokenizer: Any
    actions: tuple[tuple[int, ...], ...]  # tokens of 0 to 10, each followed by the end of the turn
    tree: ActionTree
    end: int  # the token that ends a turn

    def question_tokens(self, question: str) -> list[int]:
        """The prompt, up to the start of the model's reply."""
        return template_tokens(self.tokenizer, to_langchain(stated_messages(question)))

    def answering_tokens(self, question: str) -> list[int]:
        """The prompt and the first word of the reply; the answer follows."""
        return self.reply_tokens(question, BEGINNING)

    def prefix(self, question: str, answer: str) -> list[int]:
        """Prompt and reply up to the confidence: the prefix that all eleven complete replies share."""
        tokens = self.reply_tokens(question, f"{begun_reply(answer)} {STEPS // 2}")
        action = self.actions[STEPS // 2][:-1]
        if tuple(tokens[-len(action) :]) != action:
            raise TrainingStopped(
                f"This model's tokenizer encodes a confidence differently after {answer!r}."
            )
        return tokens[: -len(action)]

    def logprobs(self, prefixes: Sequence[Sequence[int]]) -> "Tensor":
        """log π of the eleven confidences after each prefix, shape (B, 11); differentiable."""
        return self.scored(prefixes, 0)[0]

    def scored(self, prefixes: Sequence[Sequence[int]], before: int) -> "tuple[Tensor, Tensor]":
        """log π of the eleven confidences, (B, 11), and the logits of the ``before`` tokens before them, in one pass."""
        inputs = tree_inputs(prefixes, self.tree, self.model.dtype)
        on_device = {name: tensor.to(self.model.device) for name, tensor in inputs.items()}
        logits = last_logits(self.model, on_device, before + self.tree.rows)
        return tree_logprobs(logits[:, before:], self.tree), logits[:, :before]

    def words(self, question: str, prefix: Sequence[int]) -> int:
        """The number of reply tokens before the confidence."""
        return len(prefix) - len(self.question_tokens(question))

    def reply_tokens(self, question: str, reply: str) -> list[int]:
        """The prompt and the beginning of a reply."""
        messages = (*stated_messages(question), Message("assistant", reply))
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
    """Open a model for training: ``tiny``, ``builtin``, a .gguf file, a folder or a Hugging Face id.

    Continues from ``adapter`` if given. A new adapter has rank ``rank`` on all linear layers, scale 2, and starts at
    zero. Raises ModelUnavailable.
    """
    engine = load_engine(embedded_path(reference), device=device, dtype=dtype)
    model = trainable_adapter(engine.model, reference, adapter=adapter, rank=rank, seed=seed)
    return policy_of(model, engine.tokenizer)


def policy_of(model: Any, tokenizer: Any) -> Policy:
    """The policy of a model that already has its adapter."""
    if not tokenizer.chat_template:
        raise ModelUnavailable("This model has no chat template. Train its instruct or chat version.")
    end = _turn_end(tokenizer)
    if tokenizer.pad_token_id is None:
        tokenizer.pad_token = tokenizer.convert_ids_to_tokens(end)
    actions = _actions(tokenizer, end)
    return Policy(model, tokenizer, actions, action_tree(actions), end)


def _turn_end(tokenizer: Any) -> int:
    """The token that the chat template puts after a reply."""
    messages = stated_messages("?")
    before = template_tokens(tokenizer, to_langchain((*messages, Message("assistant", "x"))))
    turns = [
        {"role": message.role, "content": message.content}
        for message in (*messages, Message("assistant", "x"))
    ]
    tokens = list(tokenizer.apply_chat_template(turns, return_dict=False))
    if tokens[: len(before)] == before and len(tokens) > len(before):
        return int(tokens[len(before)])
    if tokenizer.eos_token_id is None:
        raise ModelUnavailable(
            "This model's chat template has no end-of-turn token, so replies would never end. Use another model."
        )
    return int(tokenizer.eos_token_id)


def _actions(tokenizer: Any, end: int) -> tuple[tuple[int, ...], ...]:
    """The tokens that differ between the eleven complete replies: the number and the end of the turn."""
    replies = []
    for tenths in range(STEPS + 1):
        tokens = text_tokens(tokenizer, f"{begun_reply('x')} {tenths}")
        if tokens is None:
            raise ModelUnavailable("This model's tokenizer cannot encode a confidence. Use another model.")
        replies.append([token for token, _ in tokens])
    shared = 0
    while len({reply[shared] for reply in replies if shared < len(reply)}) == 1 and all(
        len(reply) > shared for reply in replies
    ):
        shared += 1
    return tuple((*reply[shared:], end) for reply in replies)

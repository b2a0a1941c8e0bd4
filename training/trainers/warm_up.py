"""Supervised warm-up: the format “Answer: …, Confidence: n”, with no number preferred."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from chains.pipeline.verbalized import begun_reply
from training.data.answers import FrozenAnswer
from training.objective.confidence_tree import tree_inputs, tree_logprobs
from training.policy import Policy

if TYPE_CHECKING:
    from torch import Tensor


def collated_form(
    policy: Policy, teach_answers: bool = False
) -> Callable[[Sequence[FrozenAnswer]], dict[str, Any]]:
    """A collate function: each answer in the format, followed by the tree of confidences.

    ``form`` marks the tokens to learn (shape (B, P + N)): the words around the answer, and the answer itself if it is
    taught. ``before`` is the model's initial distribution over the eleven numbers (shape (B, 11)).
    """
    import torch

    def batch(answers: Sequence[FrozenAnswer]) -> dict[str, Any]:
        prefixes = [policy.prefix(answer.question, answer.answer) for answer in answers]
        inputs: dict[str, Any] = tree_inputs(prefixes, policy.tree, policy.model.dtype)
        form = torch.zeros_like(inputs["input_ids"], dtype=torch.bool)
        longest = max(map(len, prefixes))
        for row, (answer, prefix) in enumerate(zip(answers, prefixes, strict=True)):
            start = longest - len(prefix)
            reply_start = len(policy.question_tokens(answer.question))
            answer_start = len(policy.answering_tokens(answer.question))
            answer_end = len(
                policy.reply_tokens(answer.question, begun_reply(answer.answer).rpartition("\n")[0])
            )
            form[row, start + reply_start : longest] = True
            if not teach_answers:
                form[row, start + answer_start : start + answer_end] = False
        before = torch.tensor([answer.reference for answer in answers]).softmax(-1)
        return {**inputs, "form": form, "before": before}

    return batch


def form_loss(model: Any, batch: dict[str, Any], policy: Policy) -> tuple["Tensor", dict[str, float]]:
    """−mean log p(words of the format) − mean Σ_c π₀(c) / Σπ₀ · log π(c): keeps the initial distribution of numbers.

    Raising only Σ_c π(c) would raise the likeliest number most, until a single one is left and nothing can be learnt.
    """
    inputs = {name: batch[name] for name in ("input_ids", "position_ids", "attention_mask")}
    logits = model(**inputs, use_cache=False).logits
    stated = tree_logprobs(logits[:, -policy.tree.rows :], policy.tree)
    learnt = batch["form"][:, 1:]
    form_logprobs = logits[:, :-1][learnt].float().log_softmax(-1)
    words = form_logprobs.gather(-1, batch["input_ids"][:, 1:][learnt][:, None]).mean()
    loss = -words - (batch["before"] * stated).sum(-1).mean()
    return loss, {"form": float(-words.detach()), "parsable": float(stated.detach().exp().sum(-1).mean())}

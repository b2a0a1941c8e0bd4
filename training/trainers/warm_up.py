"""A supervised beginning: the form “Answer: …, Confidence: n”, with no number preferred to another."""

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
    """Makes a batch of answers in the form: the tree of confidences behind each, and the words of form.

    ``form`` marks the tokens that are learnt (shape (B, P + N)): the words around the answer, and the answer itself
    where it is taught;
    ``before`` is how the model shares probability among the eleven numbers before it (shape (B, 11)).
    """
    import torch

    def batch(answers: Sequence[FrozenAnswer]) -> dict[str, Any]:
        prefixes = [policy.prefix(answer.question, answer.answer) for answer in answers]
        made: dict[str, Any] = tree_inputs(prefixes, policy.tree, policy.model.dtype)
        form = torch.zeros_like(made["input_ids"], dtype=torch.bool)
        longest = max(map(len, prefixes))
        for row, (one, prefix) in enumerate(zip(answers, prefixes, strict=True)):
            start = longest - len(prefix)
            asked = len(policy.question_tokens(one.question))
            begun = len(policy.answering_tokens(one.question))
            answered = len(policy.whole(one.question, begun_reply(one.answer).rpartition("\n")[0]))
            form[row, start + asked : longest] = True
            if not teach_answers:
                form[row, start + begun : start + answered] = False
        before = torch.tensor([answer.reference for answer in answers]).softmax(-1)
        return {**made, "form": form, "before": before}

    return batch


def form_loss(model: Any, batch: dict[str, Any], policy: Policy) -> tuple["Tensor", dict[str, float]]:
    """−mean log p(words of the form) − mean Σ_c π₀(c) / Σπ₀ · log π(c): a confidence follows, shared as it was before.

    To raise Σ_c π(c) alone would raise most what is likeliest, until one number is left and nothing can be learnt from.
    """
    inputs = {name: batch[name] for name in ("input_ids", "position_ids", "attention_mask")}
    found = model(**inputs, use_cache=False).logits
    stated = tree_logprobs(found[:, -policy.tree.rows :], policy.tree)
    learnt = batch["form"][:, 1:]
    said = found[:, :-1][learnt].float().log_softmax(-1)
    words = said.gather(-1, batch["input_ids"][:, 1:][learnt][:, None]).mean()
    loss = -words - (batch["before"] * stated).sum(-1).mean()
    return loss, {"form": float(-words.detach()), "parsable": float(stated.detach().exp().sum(-1).mean())}

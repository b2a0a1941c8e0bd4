"""Exact mode: the expected reward over all eleven confidences, differentiated without sampling."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from training.data.answers import FrozenAnswer
from training.objective.answer_kl import SMALLEST, words_batch, words_divergence
from training.objective.confidence_tree import last_logits, tree_inputs, tree_logprobs
from training.policy import Policy
from training.rewards import STEPS, UNPARSABLE, Reward, reward_table

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True, slots=True)
class Objective:
    """The objective's parts for each answer, shapes (B,)."""

    reward: "Tensor"  # expected
    divergence: "Tensor"  # KL divergence from the reference, nats
    parsable: "Tensor"  # probability that the reply states a confidence
    confidence: "Tensor"  # mean stated confidence, 0 to 1, given that one is stated


def objective(logprobs: "Tensor", reference: "Tensor", rewards: "Tensor") -> Objective:
    """Expected reward and KL divergence over the eleven confidences and the remaining probability.

    J = Σ_c π(c) · reward(c) + (1 − Σ_c π(c)) · (−30);
    KL = Σ_c π(c) · ln(π(c) / π₀(c)) + rest · ln(rest / rest₀), with the remaining probability as a twelfth action.

    Parameters
    ----------
    logprobs, reference : current and initial log π(c | question, answer), nats, shape (B, 11)
    rewards : reward of each confidence, given whether the answer is correct, shape (B, 11)
    """
    import torch

    share = logprobs.exp()
    rest, rest0 = (1 - kept.exp().sum(-1) for kept in (logprobs, reference))
    expected = (share * rewards).sum(-1) + rest * UNPARSABLE
    left = rest.clamp(min=SMALLEST)
    divergence = (share * (logprobs - reference)).sum(-1) + left * (
        left.log() - rest0.clamp(min=SMALLEST).log()
    )
    stated = (share * torch.arange(STEPS + 1, device=share.device)).sum(-1) / STEPS / share.sum(-1)
    return Objective(expected, divergence, 1 - rest, stated)


def collated(policy: Policy, reward: Reward) -> Callable[[Sequence[FrozenAnswer]], dict[str, Any]]:
    """A collate function for frozen answers: prefix with tree, rewards and reference."""
    import torch

    table = torch.tensor(reward_table(reward))

    def batch(answers: Sequence[FrozenAnswer]) -> dict[str, Any]:
        prefixes = [policy.prefix(answer.question, answer.answer) for answer in answers]
        return {
            **tree_inputs(prefixes, policy.tree, policy.model.dtype),
            "rewards": table[[int(bool(answer.correct)) for answer in answers]],
            "reference": torch.tensor([answer.reference for answer in answers]),
            **words_batch([answer.words for answer in answers]),
        }

    return batch


def exact_loss(
    model: Any, batch: dict[str, Any], policy: Policy, kl: float, answer_kl: float = 0
) -> tuple["Tensor", dict[str, float]]:
    """−mean(J − kl · KL − answer_kl · KL of the words before the confidence) over a batch, and figures to log."""
    inputs = {name: batch[name] for name in ("input_ids", "position_ids", "attention_mask")}
    before = batch["word_ids"].shape[1]
    logits = last_logits(model, inputs, before + policy.tree.rows)
    stated = tree_logprobs(logits[:, before:], policy.tree)
    parts = objective(stated, batch["reference"], batch["rewards"])
    # A row predicts the token after its own.
    moved = words_divergence(
        logits[:, :before], batch["word_ids"], batch["word_logprobs"], batch["word_weights"]
    )
    figures = {
        "reward": parts.reward, "kl": parts.divergence, "answer_kl": moved, "parsable": parts.parsable,
        "confidence": parts.confidence,
    }  # fmt: skip
    loss = -(parts.reward - kl * parts.divergence - answer_kl * moved).mean()
    return loss, {name: float(figure.detach().mean()) for name, figure in figures.items()}

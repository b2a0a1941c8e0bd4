"""The eleven confidences behind one prefix, and the exact gradient checked in three ways."""

import math

import pytest

pytest.importorskip("torch")
pytest.importorskip("peft")

import torch

from tests.training.tiny_policy import BEGINNING, known_answers, tiny_policy, willing_policy
from training.objective.confidence_tree import action_tree
from training.objective.exact_objective import collated, exact_loss, objective
from training.policy import Policy
from training.rewards import UNPARSABLE, log_score_reward, reward_table


@pytest.fixture(scope="module")
def policy() -> Policy:
    return tiny_policy()


@pytest.fixture(scope="module")
def willing() -> Policy:
    return willing_policy()


def move_adapter(policy: Policy, seed: int = 1, size: float = 0.05) -> None:
    """Move the adapter away from its starting point."""
    torch.manual_seed(seed)
    with torch.no_grad():
        for name, weights in policy.model.named_parameters():
            if "lora_" in name:
                weights.copy_(torch.randn_like(weights) * size)


def separate_passes(policy: Policy, prefix: list[int]) -> list[float]:
    """log π of each confidence from a plain forward pass over its complete reply."""
    logprobs = []
    for action in policy.actions:
        logits = policy.model(input_ids=torch.tensor([[*prefix, *action]])).logits[0].log_softmax(-1)
        logprobs.append(float(sum(logits[len(prefix) - 1 + k, token] for k, token in enumerate(action))))
    return logprobs


def test_the_tree_scores_as_eleven_passes_do(policy: Policy) -> None:
    move_adapter(policy)
    prefixes = [policy.prefix("Where?", "Rome"), policy.prefix("A much longer question, is it not?", "no")]
    with torch.no_grad():
        together = policy.logprobs(prefixes)
        for row, prefix in zip(together.tolist(), prefixes, strict=True):
            assert row == pytest.approx(separate_passes(policy, prefix), abs=2e-4)


def test_ten_is_two_tokens_here_and_ends_like_the_others(policy: Policy) -> None:
    assert [len(action) for action in policy.actions] == [2] * 10 + [3]
    assert {action[-1] for action in policy.actions} == {policy.end}
    assert policy.tokenizer.decode(policy.prefix("Where?", "Rome")).endswith("Answer: Rome\nConfidence: ")


def test_an_action_that_is_a_prefix_of_another_raises() -> None:
    with pytest.raises(ValueError, match="prefix of another"):
        action_tree([(1, 2), (1,)])


def test_the_objective_by_hand() -> None:
    # Two of eleven confidences have probability: 0.5 on 7, 0.3 on 0; 0.2 remains.
    shares = [1e-12] * 11
    shares[7], shares[0] = 0.5, 0.3
    logprobs = torch.tensor([[math.log(share) for share in shares]], dtype=torch.double)
    reference = logprobs.clone()
    reference[0, 7], reference[0, 0] = math.log(0.2), math.log(0.4)  # 0.4 remains
    parts = objective(logprobs, reference, torch.tensor([reward_table(log_score_reward)[1]]))
    assert float(parts.reward) == pytest.approx(0.5 * 11.470 + 0.3 * -7.503 + 0.2 * UNPARSABLE, abs=1e-3)
    kl = 0.5 * math.log(0.5 / 0.2) + 0.3 * math.log(0.3 / 0.4) + 0.2 * math.log(0.2 / 0.4)
    assert float(parts.divergence) == pytest.approx(kl, abs=1e-6)
    assert float(parts.parsable) == pytest.approx(0.8)
    assert float(parts.confidence) == pytest.approx(0.7 * 0.5 / 0.8)


def test_the_reference_is_the_model_with_the_adapter_off(policy: Policy) -> None:
    fresh = tiny_policy()
    answers = known_answers(fresh)[:3]
    move_adapter(fresh)
    prefixes = [fresh.prefix(answer.question, answer.answer) for answer in answers]
    with torch.no_grad(), fresh.model.disable_adapter():
        off = fresh.logprobs(prefixes)
    assert torch.allclose(off, torch.tensor([answer.reference for answer in answers]), atol=1e-4)


def test_warming_up_makes_a_model_state_confidences(willing: Policy) -> None:
    answer = known_answers(tiny_policy())[0]
    before = sum(math.exp(logprob) for logprob in answer.reference)
    with torch.no_grad():
        after = willing.logprobs([willing.prefix(answer.question, answer.answer)])[0].exp()
    assert before < 0.05 and after.sum() > 0.7
    # The distribution over the eleven is unchanged, and none has died out.
    shares, initial = after / after.sum(), torch.tensor(BEGINNING).softmax(-1)
    assert float((shares - initial).abs().max()) < 0.08
    assert float((shares / initial).min()) > 0.1


def test_the_gradient_agrees_with_finite_differences() -> None:
    policy = willing_policy()
    policy.model.double()
    answers = known_answers(tiny_policy())[:4]  # the reference is another model, so the divergence matters
    batch = collated(policy, log_score_reward)(answers)
    weights = [parameter for parameter in policy.model.parameters() if parameter.requires_grad]
    exact_loss(policy.model, batch, policy, kl=0.5)[0].backward()  # type: ignore[no-untyped-call]  # torch has no type for it
    torch.manual_seed(3)
    steps = [torch.randn_like(weight) for weight in weights]
    along = sum(float((weight.grad * step).sum()) for weight, step in zip(weights, steps, strict=True))

    def at(length: float) -> float:
        with torch.no_grad():
            for weight, step in zip(weights, steps, strict=True):
                weight.add_(step, alpha=length)
            value = float(exact_loss(policy.model, batch, policy, kl=0.5)[0])
            for weight, step in zip(weights, steps, strict=True):
                weight.sub_(step, alpha=length)
        return value

    size = 1e-4  # smaller ones drown in the float32 of the model’s own norms
    numeric = (at(size) - at(-size)) / (2 * size)
    assert abs(along) > 0.01
    assert numeric == pytest.approx(along, rel=1e-3)


def test_the_sampled_estimate_converges_to_the_exact_gradient(willing: Policy) -> None:
    # REINFORCE over 20,000 draws of one answer's confidence; the baseline is the exact expected reward.
    answer = known_answers(tiny_policy())[0]
    prefix = [willing.prefix(answer.question, answer.answer)]
    rewards = torch.tensor([*reward_table(log_score_reward)[1], UNPARSABLE])
    weights = [parameter for parameter in willing.model.parameters() if parameter.requires_grad]

    def flat_grad(value: torch.Tensor) -> torch.Tensor:
        grads = torch.autograd.grad(value, weights, retain_graph=True)
        return torch.cat([grad.flatten() for grad in grads])

    logprobs = willing.logprobs(prefix)
    exact = flat_grad(objective(logprobs, logprobs.detach(), rewards[None, :11]).reward.sum())
    everything = torch.cat([logprobs[0], (1 - logprobs.exp().sum()).log()[None]])
    share = everything.detach().exp()
    torch.manual_seed(0)
    drawn = torch.multinomial(share, 20_000, replacement=True)
    counted = torch.bincount(drawn, minlength=12) / 20_000
    sampled = flat_grad((counted * (rewards - (share * rewards).sum()) * everything).sum())
    assert float(torch.nn.functional.cosine_similarity(exact, sampled, dim=0)) > 0.99
    assert float(sampled.norm() / exact.norm()) == pytest.approx(1, abs=0.05)

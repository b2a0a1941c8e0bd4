"""A tiny random model with an adapter to train, and answers whose correctness its questions give away."""

from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from chains.engines.transformers.load import trainable_adapter
from tests.chains.tiny_model import tiny_llama, tiny_tokenizer
from training.data.answers import FrozenAnswer
from training.data.reader import TrainingQuestion
from training.data.rows import write_rows
from training.policy import Policy, policy_of
from training.settings import TrainingSettings

if TYPE_CHECKING:
    from torch import Tensor

QUESTIONS = [
    TrainingQuestion(id=f"{kind}{place}", question=f"{kind} {place}?", answers=("yes",))
    for place in range(12)
    for kind in ("sure", "hard")
]

BEGINNING = tuple(
    tenths / 4 for tenths in range(11)
)  # log of the shares of a willing policy, up to a constant


def tiny_policy(seed: int = 0) -> Policy:
    """A policy of its own; the adapter changes nothing yet."""
    return policy_of(trainable_adapter(tiny_llama(seed), "tiny", rank=4, seed=seed), tiny_tokenizer())


def willing_policy(steps: int = 40) -> Policy:
    """A tiny policy that states confidences, after a short warm-up; its adapter is where that left it.

    It begins as small models do, sure of everything (shares ∝ e^(c/4)), and no confidence has died out: the exact
    gradient of one is proportional to its probability, so that a peaked beginning would stay where it is.
    """
    import torch

    policy = tiny_policy()
    _digits_alike(policy)
    found = _warmed_up(steps)
    with torch.no_grad():
        for weights, warmed in zip(_trained(policy), found, strict=True):
            weights.copy_(warmed)
    return policy


@cache
def _warmed_up(steps: int) -> "list[Tensor]":
    """The weights of the adapter after a warm-up."""
    import torch

    from training.trainers.warm_up import collated_form, form_loss

    policy = tiny_policy()
    _digits_alike(policy)
    answers = [replace(answer, reference=BEGINNING) for answer in known_answers(policy)[:4]]
    batch = collated_form(policy)(answers)
    optimiser = torch.optim.Adam(_trained(policy), lr=0.02)
    for _ in range(steps):
        optimiser.zero_grad()
        form_loss(policy.model, batch, policy)[0].backward()
        optimiser.step()
    return [one.detach() for one in _trained(policy)]


def _trained(policy: Policy) -> "list[Tensor]":
    return [parameter for parameter in policy.model.parameters() if parameter.requires_grad]


def _digits_alike(policy: Policy) -> None:
    """Give the digits a direction in common, as in trained models; random ones cannot all be likely at once."""
    import torch

    head = policy.model.get_base_model().lm_head.weight
    digits = policy.tokenizer.convert_tokens_to_ids(list("0123456789"))
    with torch.random.fork_rng(), torch.no_grad():
        torch.manual_seed(0)
        head.mul_(1.5)
        head[digits] = head[digits] / 2 + torch.randn(head.shape[1]) * 0.45


def known_answers(policy: Policy) -> list[FrozenAnswer]:
    """“yes” to every question: right to the sure ones, wrong to the hard ones."""
    import torch

    with torch.no_grad():
        prefixes = [policy.prefix(one.text, "yes") for one in QUESTIONS]
        references = policy.logprobs(prefixes).tolist()
    return [
        FrozenAnswer(one.id, one.text, "yes", one.id.startswith("sure"), tuple(reference))
        for one, reference in zip(QUESTIONS, references, strict=True)
    ]


def settings(**changes: object) -> TrainingSettings:
    """A short run on the CPU."""
    given: dict[str, object] = {
        "model": "tiny", "questions": "q.jsonl", "questions_sha256": "0" * 64, "device": "cpu", "batch": 8,
        "steps": 4, "held_out": 8, "save_every": 2, "evaluate_every": 2, "learning_rate": 1e-2, **changes,
    }  # fmt: skip
    return TrainingSettings(**given)  # type: ignore[arg-type]


def lay_answers(policy: Policy, out: Path) -> None:
    """Put known answers where a run would put the ones it samples, in the order that it wants."""
    from dataclasses import asdict

    from training.run import split

    by_id = {answer.id: answer for answer in known_answers(policy)}
    held, rest = split(QUESTIONS, settings())
    write_rows(out / "answers.jsonl", [asdict(by_id[one.id]) for one in (*held, *rest)])

"""A tiny random model with a trainable adapter, and answers whose correctness is visible in the question."""

from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from chains.engines.transformers.load import trainable_adapter
from files.json_lines import write_objects
from tests.chains.tiny_model import tiny_llama, tiny_tokenizer
from training.data.answers import FrozenAnswer
from training.data.reader import TrainingQuestion
from training.policy import Policy, policy_of
from training.settings import TrainingSettings

if TYPE_CHECKING:
    from torch import Tensor

QUESTIONS = [
    TrainingQuestion(id=f"{kind}{place}", question=f"{kind} {place}?", answers=("yes",))
    for place in range(12)
    for kind in ("sure", "hard")
]

# unnormalised log-probabilities of the confidences of a willing policy
BEGINNING = tuple(tenths / 4 for tenths in range(11))


def tiny_policy(seed: int = 0) -> Policy:
    """A new policy; its adapter changes nothing yet."""
    return policy_of(trainable_adapter(tiny_llama(seed), "tiny", rank=4, seed=seed), tiny_tokenizer())


def willing_policy(steps: int = 40) -> Policy:
    """A tiny policy that states confidences after a short warm-up.

    Like small models it starts overconfident (probabilities ∝ e^(c/4)), and no confidence has died out: its exact
    gradient is proportional to its probability, so a peaked start would not move.
    """
    import torch

    policy = tiny_policy()
    _digits_alike(policy)
    warmed_up = _warmed_up(steps)
    with torch.no_grad():
        for weights, warmed in zip(_trained(policy), warmed_up, strict=True):
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
        form_loss(policy.model, batch, policy)[0].backward()  # type: ignore[no-untyped-call]  # torch has no type for it
        optimiser.step()
    return [parameter.detach() for parameter in _trained(policy)]


def _trained(policy: Policy) -> "list[Tensor]":
    return [parameter for parameter in policy.model.parameters() if parameter.requires_grad]


def _digits_alike(policy: Policy) -> None:
    """Give the digits a common direction, as in trained models; with random ones, not all can be likely at once."""
    import torch

    head = policy.model.get_base_model().lm_head.weight
    digits = policy.tokenizer.convert_tokens_to_ids(list("0123456789"))
    with torch.random.fork_rng(), torch.no_grad():
        torch.manual_seed(0)
        head.mul_(1.5)
        head[digits] = head[digits] / 2 + torch.randn(head.shape[1]) * 0.45


def known_answers(policy: Policy) -> list[FrozenAnswer]:
    """“yes” to every question: correct for the sure ones, wrong for the hard ones."""
    import torch

    with torch.no_grad():
        prefixes = [policy.prefix(question.text, "yes") for question in QUESTIONS]
        references = policy.logprobs(prefixes).tolist()
    return [
        FrozenAnswer(question.id, question.text, "yes", question.id.startswith("sure"), tuple(reference))
        for question, reference in zip(QUESTIONS, references, strict=True)
    ]


def settings(**changes: object) -> TrainingSettings:
    """A short run on the CPU."""
    values: dict[str, object] = {
        "model": "tiny", "questions": "q.jsonl", "questions_sha256": "0" * 64, "device": "cpu", "batch": 8,
        "steps": 4, "held_out": 8, "save_every": 2, "evaluate_every": 2, "learning_rate": 1e-2, **changes,
    }  # fmt: skip
    return TrainingSettings(**values)  # type: ignore[arg-type]


def write_answers(policy: Policy, out: Path) -> None:
    """Write known answers to the file where a run saves its sampled ones, in the same order."""
    from dataclasses import asdict

    from training.run import split

    by_id = {answer.id: answer for answer in known_answers(policy)}
    held, rest = split(QUESTIONS, settings())
    write_objects(out / "answers.jsonl", [asdict(by_id[question.id]) for question in (*held, *rest)])

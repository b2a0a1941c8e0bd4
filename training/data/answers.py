"""Answers that the model sampled and that stay as they are: what a confidence is trained on."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from chains.progress import Progress
from training.data.reader import TrainingQuestion
from training.data.rows import append_rows, read_rows
from training.objective.answer_kl import Words, words_of
from training.policy import Policy

TEMPERATURE, TOP_P = 0.6, 0.9
ANSWER_TOKENS = 24


@dataclass(frozen=True, slots=True)
class FrozenAnswer:
    """One sampled answer, whether it is right, and log π of the eleven confidences before training (nats)."""

    id: str
    question: str  # as it is asked
    answer: str  # empty where the model gave none
    correct: bool | None  # None where the answer cannot be graded
    reference: tuple[float, ...]
    words: Words = ()  # what stands before the confidence, before training

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> "FrozenAnswer":
        words = tuple((tuple(ids), tuple(logprobs)) for ids, logprobs in row["words"])
        return cls(row["id"], row["question"], row["answer"], row["correct"], tuple(row["reference"]), words)


def collect(
    policy: Policy, questions: Sequence[TrainingQuestion], path: Path, *, batch: int, seed: int,
    given: Mapping[str, str] | None = None,
) -> tuple[FrozenAnswer, ...]:  # fmt: skip
    """Sample one answer to every question that has none in the file yet; T = 0.6, top-p = 0.9.

    ``given`` holds answers that are taken as they are, by the question's id. A kill loses at most one batch. The same
    seed and order give the same answers.
    """
    done = read_rows(path)
    with Progress("sampling answers", "questions", len(questions), done=len(done)) as progress:
        for start in range(len(done), len(questions), batch):
            asked = questions[start : start + batch]
            append_rows(path, _answered(policy, asked, given or {}, seed * 1_000_003 + start))
            progress.advance(len(asked))
    return tuple(FrozenAnswer.from_row(row) for row in read_rows(path))


def gradable(answers: Sequence[FrozenAnswer]) -> list[FrozenAnswer]:
    """The answers that are known to be right or wrong."""
    return [answer for answer in answers if answer.correct is not None and answer.answer]


def _answered(
    policy: Policy, asked: Sequence[TrainingQuestion], given: Mapping[str, str], seed: int
) -> Iterator[dict[str, Any]]:
    import torch

    texts = {**_sampled(policy, [one for one in asked if one.id not in given], seed), **given}
    prefixes = [policy.prefix(one.text, texts[one.id]) for one in asked]
    spoken = [policy.words(one.text, prefix) for one, prefix in zip(asked, prefixes, strict=True)]
    with torch.no_grad():
        references, logits = policy.scored(prefixes, before=max(spoken))
    for one, reference, tokens, row in zip(asked, references.tolist(), spoken, logits, strict=True):
        text = texts[one.id]
        grade = one.grade(text) if text else None
        words = words_of(row[len(row) - tokens :])
        yield asdict(FrozenAnswer(one.id, one.text, text, grade, tuple(reference), words))


def _sampled(policy: Policy, asked: Sequence[TrainingQuestion], seed: int) -> dict[str, str]:
    """An answer to every question, by its id."""
    if not asked:
        return {}
    prompts = [policy.answering_tokens(one.text) for one in asked]
    sampling = {"do_sample": True, "temperature": TEMPERATURE, "top_p": TOP_P}
    replies = generate(policy, prompts, ANSWER_TOKENS, seed=seed, stop_strings=["\n"], **sampling)
    return {one.id: _one_line(reply) for one, reply in zip(asked, replies, strict=True)}


def _one_line(reply: str) -> str:
    lines = reply.strip().splitlines()
    return lines[0].strip() if lines else ""


def generate(
    policy: Policy, prompts: Sequence[Sequence[int]], most: int, *, seed: int = 0, **options: Any
) -> list[str]:
    """The model's replies to prompts of token ids, in one batch; greedy unless the options say otherwise."""
    import torch

    longest = max(map(len, prompts))
    pad = policy.tokenizer.pad_token_id
    ids = torch.tensor(
        [[pad] * (longest - len(prompt)) + list(prompt) for prompt in prompts], device=policy.model.device
    )
    seen = torch.tensor(
        [[0] * (longest - len(prompt)) + [1] * len(prompt) for prompt in prompts], device=ids.device
    )
    greedy = {"do_sample": False, "temperature": None, "top_p": None}
    with torch.random.fork_rng(), torch.inference_mode():
        torch.manual_seed(seed)
        found = policy.model.generate(
            input_ids=ids, attention_mask=seen, max_new_tokens=most, eos_token_id=policy.end, pad_token_id=pad,
            tokenizer=policy.tokenizer, **{**greedy, "top_k": 0 if options.get("do_sample") else None, **options},
        )  # fmt: skip
    return [str(text) for text in policy.tokenizer.batch_decode(found[:, longest:], skip_special_tokens=True)]

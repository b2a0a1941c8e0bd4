"""Frozen answers: sampled once by the model, then used to train its confidence."""

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
    """One sampled answer, whether it is correct, and log π of the eleven confidences before training (nats)."""

    id: str
    question: str  # as asked
    answer: str  # empty where the model gave none
    correct: bool | None  # None where the answer cannot be graded
    reference: tuple[float, ...]
    words: Words = ()  # tokens before the confidence, with log-probabilities from before training

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> "FrozenAnswer":
        words = tuple((tuple(ids), tuple(logprobs)) for ids, logprobs in row["words"])
        return cls(row["id"], row["question"], row["answer"], row["correct"], tuple(row["reference"]), words)


def collect(
    policy: Policy, questions: Sequence[TrainingQuestion], path: Path, *, batch: int, seed: int,
    given_answers: Mapping[str, str] | None = None,
) -> tuple[FrozenAnswer, ...]:  # fmt: skip
    """Sample one answer to every question that has none in the file yet; T = 0.6, top-p = 0.9.

    ``given_answers`` maps question ids to answers that are used unchanged. A kill loses at most one batch. The same
    seed and order give the same answers.
    """
    done = read_rows(path)
    with Progress("sampling answers", "questions", len(questions), done=len(done)) as progress:
        for start in range(len(done), len(questions), batch):
            asked = questions[start : start + batch]
            append_rows(path, _answered(policy, asked, given_answers or {}, seed * 1_000_003 + start))
            progress.advance(len(asked))
    return tuple(FrozenAnswer.from_row(row) for row in read_rows(path))


def gradable(answers: Sequence[FrozenAnswer]) -> list[FrozenAnswer]:
    """The answers that were graded right or wrong."""
    return [answer for answer in answers if answer.correct is not None and answer.answer]


def _answered(
    policy: Policy, questions: Sequence[TrainingQuestion], given_answers: Mapping[str, str], seed: int
) -> Iterator[dict[str, Any]]:
    import torch

    answers = {
        **_sampled(policy, [question for question in questions if question.id not in given_answers], seed),
        **given_answers,
    }
    prefixes = [policy.prefix(question.text, answers[question.id]) for question in questions]
    answer_lengths = [
        policy.words(question.text, prefix) for question, prefix in zip(questions, prefixes, strict=True)
    ]
    with torch.no_grad():
        references, logits = policy.scored(prefixes, before=max(answer_lengths))
    for question, reference, length, row in zip(
        questions, references.tolist(), answer_lengths, logits, strict=True
    ):
        answer = answers[question.id]
        correct = question.grade(answer) if answer else None
        words = words_of(row[len(row) - length :])
        yield asdict(FrozenAnswer(question.id, question.text, answer, correct, tuple(reference), words))


def _sampled(policy: Policy, questions: Sequence[TrainingQuestion], seed: int) -> dict[str, str]:
    """An answer to every question, by question id."""
    if not questions:
        return {}
    prompts = [policy.answering_tokens(question.text) for question in questions]
    sampling = {"do_sample": True, "temperature": TEMPERATURE, "top_p": TOP_P}
    replies = generate(policy, prompts, ANSWER_TOKENS, seed=seed, stop_strings=["\n"], **sampling)
    return {question.id: _one_line(reply) for question, reply in zip(questions, replies, strict=True)}


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
        tokens = policy.model.generate(
            input_ids=ids, attention_mask=seen, max_new_tokens=most, eos_token_id=policy.end, pad_token_id=pad,
            tokenizer=policy.tokenizer, **{**greedy, "top_k": 0 if options.get("do_sample") else None, **options},
        )  # fmt: skip
    return [
        str(text) for text in policy.tokenizer.batch_decode(tokens[:, longest:], skip_special_tokens=True)
    ]

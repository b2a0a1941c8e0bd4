"""The answer KL: by hand, against scipy, and as a penalty in training."""

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("peft")
pytest.importorskip("accelerate")

import torch
from scipy.special import log_softmax, rel_entr
from torch import Tensor

from tests.training.tiny_policy import QUESTIONS, settings, tiny_policy, willing_policy
from training.data.answers import collect
from training.data.rows import read_rows
from training.objective.answer_kl import KEPT, words_batch, words_divergence, words_of
from training.rewards import log_score_reward
from training.run import train
from training.trainers.monitor import held_out_figures

pytestmark = pytest.mark.filterwarnings("ignore")  # the libraries' warnings


def test_the_divergence_agrees_with_scipy_if_all_tokens_are_kept() -> None:
    rng = np.random.default_rng(1)
    before, now = rng.normal(size=(2, 3, KEPT)) * 2
    divergence = words_divergence(
        torch.tensor(now)[None], *words_batch([words_of(torch.tensor(before))]).values()
    )
    p, q = (np.exp(log_softmax(logits, axis=-1)) for logits in (before, now))
    assert float(divergence) == pytest.approx(rel_entr(p, q).sum(), abs=2e-3)  # rounded to four decimals


def test_tokens_that_are_not_kept_count_together() -> None:
    rng = np.random.default_rng(2)
    before, now = rng.normal(size=(2, 2, 200)) * 3
    divergence = words_divergence(
        torch.tensor(now)[None], *words_batch([words_of(torch.tensor(before))]).values()
    )
    p, q = (np.exp(log_softmax(logits, axis=-1)) for logits in (before, now))
    expected = 0.0
    for p_row, q_row in zip(p, q, strict=True):
        kept = np.argsort(-p_row)[:KEPT]
        grouped = [[*row[kept], 1 - row[kept].sum()] for row in (p_row, q_row)]
        expected += rel_entr(*grouped).sum()
    assert float(divergence) == pytest.approx(expected, abs=2e-3)
    assert 0 < expected <= rel_entr(p, q).sum()  # grouping tokens never increases KL


def test_short_replies_are_padded_to_long_ones() -> None:
    logits = torch.randn(2, 4, 30, generator=torch.Generator().manual_seed(0))
    other = torch.randn(2, 4, 30, generator=torch.Generator().manual_seed(1))
    words = [words_of(logits[0]), words_of(logits[1, 2:])]  # the second has only the last two positions
    together = words_divergence(other, *words_batch(words).values())
    alone = words_divergence(other[1:, 2:], *words_batch(words[1:]).values())
    assert float(together[1]) == pytest.approx(float(alone[0]), rel=1e-5)
    assert words_divergence(logits, *words_batch(words).values()).tolist() == pytest.approx([0, 0], abs=2e-3)


def test_no_words_have_divergence_zero() -> None:
    batch = words_batch([(), ()])
    assert words_divergence(torch.zeros(2, 0, 5), *batch.values()).tolist() == [0, 0]


def test_the_words_are_those_between_question_and_confidence(tmp_path: Path) -> None:
    policy = tiny_policy()
    answers = collect(policy, QUESTIONS[:5], tmp_path / "a.jsonl", batch=3, seed=1)
    assert (
        collect(policy, QUESTIONS[:5], tmp_path / "a.jsonl", batch=3, seed=1) == answers
    )  # reread from the file
    for answer in answers:
        prefix = policy.prefix(answer.question, answer.answer)
        asked = len(policy.question_tokens(answer.question))
        assert policy.tokenizer.decode(prefix[asked:]).split() == [
            "Answer:",
            *answer.answer.split(),
            "Confidence:",
        ]
        with torch.no_grad():
            logits = policy.model(input_ids=torch.tensor([prefix])).logits[0].log_softmax(-1)
        assert len(answer.words) == len(prefix) - asked
        for place, (ids, logprobs) in enumerate(answer.words, asked):
            assert logits[place - 1, list(ids)].tolist() == pytest.approx(logprobs, abs=1e-3)
    before = held_out_figures(policy, answers, log_score_reward)
    assert before["answer_kl"] == pytest.approx(0, abs=2e-3)


def test_the_answer_kl_penalty_keeps_the_answers(tmp_path: Path) -> None:
    moved = {}
    for penalty in (0.0, 20.0):
        out = tmp_path / str(penalty)
        run_settings = settings(answer_kl=penalty, steps=12, save_every=12, evaluate_every=12)
        train(run_settings, QUESTIONS, out, willing_policy())
        checks = [row for row in read_rows(out / "progress.jsonl") if "held_out/answer_kl" in row]
        moved[penalty] = checks[-1]["held_out/answer_kl"]
    assert moved[20.0] < 0.5 * moved[0.0]


def test_the_gradient_is_zero_where_the_words_have_not_moved() -> None:
    logits = torch.randn(1, 3, 20, generator=torch.Generator().manual_seed(3), requires_grad=True)
    batch = words_batch([words_of(logits[0].detach())])

    def slope(at: Tensor) -> float:
        (grad,) = torch.autograd.grad(words_divergence(at, *batch.values()).sum(), at)
        return float(grad.abs().max())

    assert slope(logits) < 1e-3 < slope((logits * 1.5).detach().requires_grad_())

"""How far the words before a confidence have moved: by hand, against scipy, and held by its price in training."""

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

pytestmark = pytest.mark.filterwarnings("ignore")  # the libraries' notes to each other


def test_the_divergence_agrees_with_scipy_where_all_tokens_are_kept() -> None:
    rng = np.random.default_rng(1)
    before, now = rng.normal(size=(2, 3, KEPT)) * 2
    got = words_divergence(torch.tensor(now)[None], *words_batch([words_of(torch.tensor(before))]).values())
    p, q = (np.exp(log_softmax(one, axis=-1)) for one in (before, now))
    assert float(got) == pytest.approx(rel_entr(p, q).sum(), abs=2e-3)  # kept in four decimals


def test_tokens_that_are_not_kept_count_together() -> None:
    rng = np.random.default_rng(2)
    before, now = rng.normal(size=(2, 2, 200)) * 3
    got = words_divergence(torch.tensor(now)[None], *words_batch([words_of(torch.tensor(before))]).values())
    p, q = (np.exp(log_softmax(one, axis=-1)) for one in (before, now))
    wanted = 0.0
    for one, other in zip(p, q, strict=True):
        kept = np.argsort(-one)[:KEPT]
        whole = [[*side[kept], 1 - side[kept].sum()] for side in (one, other)]
        wanted += rel_entr(*whole).sum()
    assert float(got) == pytest.approx(wanted, abs=2e-3)
    assert 0 < wanted <= rel_entr(p, q).sum()  # never more than of all tokens apart


def test_short_replies_stand_beside_long_ones() -> None:
    logits = torch.randn(2, 4, 30, generator=torch.Generator().manual_seed(0))
    other = torch.randn(2, 4, 30, generator=torch.Generator().manual_seed(1))
    words = [words_of(logits[0]), words_of(logits[1, 2:])]  # the second has two positions, the last ones
    together = words_divergence(other, *words_batch(words).values())
    alone = words_divergence(other[1:, 2:], *words_batch(words[1:]).values())
    assert float(together[1]) == pytest.approx(float(alone[0]), rel=1e-5)
    assert words_divergence(logits, *words_batch(words).values()).tolist() == pytest.approx([0, 0], abs=2e-3)


def test_no_words_at_all_have_not_moved() -> None:
    batch = words_batch([(), ()])
    assert words_divergence(torch.zeros(2, 0, 5), *batch.values()).tolist() == [0, 0]


def test_the_words_are_those_between_question_and_confidence(tmp_path: Path) -> None:
    policy = tiny_policy()
    answers = collect(policy, QUESTIONS[:5], tmp_path / "a.jsonl", batch=3, seed=1)
    assert collect(policy, QUESTIONS[:5], tmp_path / "a.jsonl", batch=3, seed=1) == answers  # read back alike
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


def test_a_price_on_moving_holds_the_answers(tmp_path: Path) -> None:
    moved = {}
    for price in (0.0, 20.0):
        out = tmp_path / str(price)
        given = settings(answer_kl=price, steps=12, save_every=12, evaluate_every=12)
        train(given, QUESTIONS, out, willing_policy())
        looks = [row for row in read_rows(out / "progress.jsonl") if "held_out/answer_kl" in row]
        moved[price] = looks[-1]["held_out/answer_kl"]
    assert moved[20.0] < 0.5 * moved[0.0]


def test_nothing_else_pulls_where_the_words_stand() -> None:
    logits = torch.randn(1, 3, 20, generator=torch.Generator().manual_seed(3), requires_grad=True)
    batch = words_batch([words_of(logits[0].detach())])

    def slope(at: Tensor) -> float:
        (grad,) = torch.autograd.grad(words_divergence(at, *batch.values()).sum(), at)
        return float(grad.abs().max())

    assert slope(logits) < 1e-3 < slope((logits * 1.5).detach().requires_grad_())

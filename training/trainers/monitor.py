"""Progress of training: one line of figures at a time, in a file that is easy to plot."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from evaluation.metrics import auroc, confidence_evenness, ece, estimate_of
from files.json_lines import write_objects
from training.data.answers import FrozenAnswer
from training.data.rows import read_rows
from training.objective.answer_kl import words_batch, words_divergence
from training.policy import Policy
from training.rewards import STEPS, UNPARSABLE, Reward, reward_table

BINS = STEPS + 1  # one bin per confidence
COLLAPSED = 0.1  # evenness over eleven bins below which about 95 % state the same confidence
HELD_OUT = "held_out/"


def collapsed(confidence: Sequence[float]) -> bool:
    """Whether nearly all stated confidences are the same.

    >>> collapsed([0.3] * 99 + [0.4]), collapsed([0.3, 0.7] * 50)
    (True, False)
    """
    return (
        len(confidence) > 0 and confidence_evenness(confidence, [0] * len(confidence), bins=BINS) < COLLAPSED
    )


def held_out_figures(
    policy: Policy, answers: Sequence[FrozenAnswer], reward: Reward, batch: int = 16
) -> dict[str, float]:
    """Reward, parsable share, mean confidence, ECE, AUROC and evenness on answers that are not trained on.

    ``answer_kl`` is how far the words before the confidence have moved (nats per reply).

    ``ece`` and ``auroc`` use the most probable confidence, ``*_expected`` the mean over all eleven.
    Figures that are undefined for these answers are left out.
    """
    import torch

    was_training = policy.model.training
    policy.model.eval()
    rows, moved = [], []
    with torch.no_grad():
        for start in range(0, len(answers), batch):
            batch_answers = answers[start : start + batch]
            words = words_batch([answer.words for answer in batch_answers])
            before = words["word_ids"].shape[1]
            prefixes = [policy.prefix(answer.question, answer.answer) for answer in batch_answers]
            stated, logits = policy.scored(prefixes, before)
            rows.append(stated.exp().double().cpu().numpy())
            moved += words_divergence(logits.cpu(), *words.values()).tolist()
    policy.model.train(was_training)
    share = np.concatenate(rows)
    correct = np.array([int(bool(answer.correct)) for answer in answers])
    scale = np.arange(BINS) / STEPS
    mass = share.sum(-1)
    stated, expected = scale[share.argmax(-1)], np.clip(share @ scale / mass, 0, 1)
    rewards = np.array(reward_table(reward))[correct]
    figures = {
        "reward": float(((share * rewards).sum(-1) + (1 - mass) * UNPARSABLE).mean()),
        "answer_kl": float(np.mean(moved)) if any(answer.words for answer in answers) else None,
        "parsable": float(mass.mean()),
        "confidence": float(stated.mean()),
        "accuracy": float(correct.mean()),
        "ece": ece(stated, correct, bins=BINS),
        "ece_expected": ece(expected, correct, bins=BINS),
        "auroc": estimate_of(lambda: auroc(stated, correct)).value,
        "auroc_expected": estimate_of(lambda: auroc(expected, correct)).value,
        "evenness": confidence_evenness(stated, correct, bins=BINS),
        "collapsed": float(collapsed(stated.tolist())),
    }
    return {name: value for name, value in figures.items() if value is not None}


@dataclass(frozen=True, slots=True)
class ProgressFile:
    """``progress.jsonl``: one line per log entry, with step and seconds of training."""

    path: Path

    @property
    def seconds(self) -> float:
        """Seconds of training so far."""
        rows = read_rows(self.path)
        return float(rows[-1]["seconds"]) if rows else 0.0

    def keep_to(self, step: int) -> None:
        """Remove the lines of steps that a kill undid."""
        rows = read_rows(self.path)
        kept = [row for row in rows if row["step"] <= step]
        if len(kept) < len(rows) or not rows:
            write_objects(self.path, kept)


def progress_row(step: int, seconds: float, logged: dict[str, Any]) -> dict[str, Any]:
    """A trainer's log entry, reduced to the names that all modes share.

    >>> progress_row(5, 1.26, {"reward": 2.0, "rewards/stated/std": 0.1, "held_out/ece": 0.3})
    {'step': 5, 'seconds': 1.3, 'reward': 2.0, 'held_out/ece': 0.3}
    """
    shared = (
        "loss",
        "grad_norm",
        "learning_rate",
        "reward",
        "reward_std",
        "kl",
        "answer_kl",
        "parsable",
        "confidence",
        "form",
    )
    kept = {name: value for name, value in logged.items() if name in shared or name.startswith(HELD_OUT)}
    return {"step": step, "seconds": round(seconds, 1), **kept}


def held_out_line(step: int, steps: int, seconds: float, figures: dict[str, float]) -> str:
    """A check of held-out answers as one readable line.

    >>> held_out_line(25, 300, 190.0, {"reward": 5.234, "ece": 0.31, "collapsed": 1.0})
    'step 25 of 300, 3.2 min, held out: reward 5.23, ece 0.31, collapsed'
    """
    shown = [
        f"{name} {figures[name]:.2f}"
        for name in ("reward", "ece", "auroc", "confidence", "accuracy", "parsable")
        if name in figures
    ]
    shown += ["collapsed"] if figures.get("collapsed") else []
    return f"step {step} of {steps}, {seconds / 60:.1f} min, held out: {', '.join(shown)}"

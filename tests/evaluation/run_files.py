"""Run files for tests: records made by assessing a simulated model, as ``python -m evaluation run`` would write them."""

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from langchain_core.messages import BaseMessage
from langchain_core.outputs import ChatGenerationChunk
from pydantic import PrivateAttr

from chains.assess import assess
from chains.engines.scripted import ScriptedChatModel, ScriptedReply
from chains.settings import Settings
from tests.estimators.evidence import token

LETTERS = "ABCD"
CHOICES = ("a dog", "a bee", "a snail", "a carp")
SIGNALS = (
    "p_ic", "msp", "likert_third_oc_label", "likert_third_oc_expected", "numeric", "p_true_third", "linguistic",
    "self_consistency",
)  # fmt: skip
SAYING = {0.75: "It is probably so.", 0.4: "It may be so.", 1.0: "It is so."}


class SimulatedModel(ScriptedChatModel):
    """Knows an answer with some certainty, and says how sure it is, more or less well."""

    letter: str = "A"
    sure: float = 0.8  # probability of the letter
    stated: float = 0.7  # what it says of itself
    _seen: int = PrivateAttr(default=0)

    def _stream(
        self, messages: list[BaseMessage], stop: Any = None, run_manager: Any = None, **options: Any
    ) -> Iterator[ChatGenerationChunk]:
        text = str(messages[-1].text)
        rest = (1 - self.sure) / 3
        letters = {letter: self.sure if letter == self.letter else rest for letter in LETTERS}
        if (
            "\nB. " in text
            and "A language model was asked this" not in text
            and "Weigh the answer" not in text
        ):
            letter_text = self.letter
            if options.get("temperature"):  # a further sample
                rng = np.random.default_rng([options.get("seed") or 0, round(self.sure * 1e6), self._seen])
                self._seen += 1
                letter_text = str(rng.choice(list(LETTERS), p=list(letters.values())))
            word = min(SAYING, key=lambda norm: abs(norm - self.stated))
            reply = ScriptedReply((
                token(letter_text, letters[letter_text], letters), token(".", 0.99, {".": 0.99}),
                *ScriptedReply.of(f" {SAYING[word]}", 0.9).tokens,
            ))  # fmt: skip
        elif "true or false" in text:
            reply = ScriptedReply(
                (token("True", self.stated, {"True": self.stated, "False": 1 - self.stated}),)
            )
        elif "certainly wrong" in text:
            reply = ScriptedReply((token(f"{self.stated * 100:.0f}", 0.9),))
        else:
            digit = str(1 + round(self.stated * 5))
            reply = ScriptedReply((token(digit, 0.6, {digit: 0.6, str(max(1, int(digit) - 1)) + " ": 0.2}),))
        self.replies = (reply,)
        yield from super()._stream(messages, stop, run_manager, **options)


@cache
def records(
    n: int = 40, seed: int = 0, domains: Sequence[str] = ("arc", "csqa"), skill: float = 0.0, samples: int = 3
) -> tuple[Mapping[str, Any], ...]:
    """Records of n multiple-choice questions; ``skill`` shifts how often the answer is correct."""
    rng = np.random.default_rng(seed)
    rows = []
    for place in range(n):
        sure = float(np.clip(rng.beta(4, 2), 0.3, 0.98))
        stated = float(np.clip(0.6 * sure + 0.4 * rng.random(), 0.05, 0.95))
        right = int(rng.integers(4))
        correct = bool(rng.random() < np.clip(sure - 0.1 + skill, 0.02, 0.98))
        letter = LETTERS[right] if correct else LETTERS[(right + 1) % 4]
        model = SimulatedModel(letter=letter, sure=sure, stated=stated)
        assessment = assess(
            model, f"Question {place}: which one is it?", choices=CHOICES, signals=SIGNALS, samples=samples,
            settings=Settings(asking="hedged"),
        )  # fmt: skip
        rows.append({
            "schema": 1, "id": f"q-{place}", "domain": domains[place % len(domains)],
            "question": f"Question {place}: which one is it?", "choices": list(CHOICES), "answer": right,
            "answers": None, "correct": correct, "graded_by": "option", "ungraded": "", "error": "",
            "assessment": assessment.to_dict(), "seconds": 0.5,
        })  # fmt: skip
    return tuple(rows)


HEADER = {"schema": 1, "run": {"model": "simulated", "engine": "script", "seed": 0}}


def write_run(
    path: Path, rows: Sequence[Mapping[str, Any]], header: Mapping[str, Any] | None = None, end: str = "\n"
) -> Path:
    """A run file of these records."""
    lines = [json.dumps(row, ensure_ascii=False) for row in ((header,) if header else ()) + tuple(rows)]
    path.write_text("\n".join(lines) + end, encoding="utf-8")
    return path

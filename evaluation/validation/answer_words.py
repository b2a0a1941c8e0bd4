"""How often the answer words are the labelled ones."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from estimators.signals.key_span import key_span
from evaluation.validation.intervals import wilson_interval
from files.json_lines import numbered_objects

LABELLED = Path(__file__).with_name("labelled") / "answer_words_real.jsonl"


@dataclass(frozen=True, slots=True)
class LabelledAnswer:
    """One answer with its right answer words, in every accepted form; none if it gives no answer."""

    id: str
    part: str  # "development": used while the rules were written; "held out": not used
    model: str
    question: str
    text: str
    words: tuple[str, ...]

    @property
    def taken(self) -> str:
        """The answer words that the method finds, "" if none."""
        span = key_span(self.question, self.text)
        return self.text[slice(*span)] if span else ""

    @property
    def right(self) -> bool:
        return self.taken in (self.words or ("",))


def labelled_answers(path: Path = LABELLED) -> tuple[LabelledAnswer, ...]:
    """The answers of a labelled file; raises ValueError if labelled words are not in the answer."""
    answers = []
    for number, row in numbered_objects(path):
        for words in row["words"]:
            if words not in row["text"]:
                raise ValueError(f"{path.name}:{number}: {words!r} is not in the answer")
        answers.append(
            LabelledAnswer(
                row["id"], row["part"], row["model"], row["question"], row["text"], tuple(row["words"])
            )
        )
    return tuple(answers)


def shares(answers: Sequence[LabelledAnswer]) -> dict[str, dict[str, Any]]:
    """For each part, and each model in it: n, the number right, the share and its 95 % Wilson interval."""
    groups: dict[str, list[LabelledAnswer]] = {}
    for answer in answers:
        groups.setdefault(answer.part, []).append(answer)
        groups.setdefault(f"{answer.part}, {answer.model}", []).append(answer)
    return {name: _share([answer.right for answer in group]) for name, group in groups.items()}


def _share(right: Sequence[bool]) -> dict[str, Any]:
    return {
        "n": len(right),
        "right": sum(right),
        "share": sum(right) / len(right),
        "interval": wilson_interval(sum(right), len(right)),
    }

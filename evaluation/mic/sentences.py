"""The judged sentences that ``python -m evaluation mic`` writes, from which marker stability is computed."""

from collections.abc import Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, StrictBool

from estimators.markers.mic import ALL
from estimators.markers.stripping import NO_HEDGE
from evaluation.metrics import Item
from files.atomic import write_lines
from files.errors import BadFile
from files.json_lines import read_rows


class Sentence(BaseModel):
    """One sentence of an answer, with how far the model's other answers support it."""

    model_config = ConfigDict(frozen=True)

    question: str = Field(min_length=1)  # id
    seed: int  # which of the question's answers
    domain: str = Field(min_length=1)
    marker: str = Field(min_length=1)  # canonical, or <no_hedge>
    confidence: float = Field(ge=0, le=1)  # conf(s)
    correct: StrictBool | None = None  # the answer; None where it is not graded


def write_sentences(path: Path, sentences: Sequence[Sentence]) -> None:
    """Write one JSON object per line."""
    write_lines(path, (sentence.model_dump_json() + "\n" for sentence in sentences))


def read_sentences(path: Path) -> tuple[Sentence, ...]:
    """The sentences of a file; raises BadFile naming file, line and field for what is wrong."""
    rows = read_rows(path, Sentence)
    if any(row.domain == ALL for row in rows):
        raise BadFile(f'{path}: a domain cannot be named "{ALL}": that name stands for all domains.')
    return rows


def by_answer(sentences: Sequence[Sentence]) -> dict[tuple[str, str, int], list[Sentence]]:
    """The sentences of each answer, by domain, question and seed."""
    answers: dict[tuple[str, str, int], list[Sentence]] = {}
    for sentence in sentences:
        answers.setdefault((sentence.domain, sentence.question, sentence.seed), []).append(sentence)
    return answers


def graded_items(sentences: Sequence[Sentence]) -> list[Item]:
    """Each marker of an answer once, with whether the answer was correct; NO_HEDGE for an answer without markers."""
    items = []
    for (domain, question, _), rows in by_answer(sentences).items():
        if rows[0].correct is not None:
            markers = tuple(dict.fromkeys(row.marker for row in rows if row.marker != NO_HEDGE)) or (
                NO_HEDGE,
            )
            items += [Item(marker, domain, float(rows[0].correct), question) for marker in markers]
    return items

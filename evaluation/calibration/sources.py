"""What a person calibrates with: a question file, the records of a run, or the chat's own labels."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from langchain_core.language_models import BaseChatModel

from chains.identity import identity
from estimators.calibration.calibrators import FEWEST
from estimators.types import Provenance
from evaluation.questions.reader import read_question_set
from evaluation.runs.asking import QUESTIONS
from evaluation.runs.labelled_answers import is_labels, is_run, read_labelled

BUNDLED = QUESTIONS  # the project's own questions
Kind = Literal["questions", "run", "labels"]


@dataclass(frozen=True, slots=True)
class SourceKind:
    """What a source holds, after checking all of it."""

    kind: Kind
    n: int  # questions, or usable labelled answers
    choice: int  # of those, with options
    free: int
    needed: int = FEWEST  # of one kind, at least
    told: str = ""  # of questions: what was recognised, "ARC layout, 1,172 questions"


def source_kind(source: str | Path, model: BaseChatModel | None = None) -> SourceKind:
    """What a source holds; raises BadFile naming the file, the line and the problem."""
    kind = kind_of_source(source)
    if kind == "questions":
        question_set = read_question_set(source)
        questions = [
            question for question in question_set.questions if question.answer is not None or question.answers
        ]
        choice = sum(bool(question.choices) for question in questions)
        return SourceKind(kind, len(questions), choice, len(questions) - choice, told=question_set.summary)
    answers = read_labelled(Path(source), model=model_provenance(model) if model is not None else None)
    return SourceKind(kind, len(answers.answers), len(answers.of("choice")), len(answers.of("free")))


def label_counts(path: Path, model: BaseChatModel) -> SourceKind:
    """How many of the user's own labels this model can use; none if there is no file yet."""
    return source_kind(path, model) if path.is_file() else SourceKind("labels", 0, 0, 0)


def kind_of_source(source: str | Path) -> Kind:
    """Which of the three a source is, by its first line."""
    path = Path(source)
    return "labels" if is_labels(path) else "run" if is_run(path) else "questions"


def model_provenance(model: BaseChatModel) -> Provenance:
    """The model as the records name it."""
    who = identity(model)
    return Provenance(who["model"], who["engine"], who["model_sha256"])

"""The layouts of data sets whose questions have short answers, and Credence's own, which has both kinds."""

from collections.abc import Iterator
from typing import Any

from evaluation.questions.layouts.entry import Entry, Fields, Layout, Skipped, Unreadable
from evaluation.questions.layouts.fields import (
    accepted,
    choice_entry,
    first_text,
    is_missing,
    listed,
    mapping,
    options,
    question_text,
    row_id,
    shown,
    structured,
)

_CHOICES, _ANSWERS = ("choices", "options"), ("answers", "answer")
_RIGHT = ("answer", "answerkey", "answeridx", "answerindex")
# Columns that say nothing about an answer: a row with only these is a question without one.
_ABOUT = {"id", "questionid", "qid", "question", "domain", "subject", "category", "level", "source", "url"}


# ---- SQuAD ------------------------------------------------------------------


def _squad_answers(value: Any) -> list[Any] | None:
    """The texts of ``{text: […]}`` or of ``[{text}]``; None if the value is neither."""
    raw = structured(value)
    if isinstance(raw, list) and raw:
        each = [(mapping(part) or {}).get("text") for part in raw]
        return None if None in each else each
    texts = (mapping(raw) or {}).get("text")
    return listed(texts, "the answers") if texts is not None else None


def _squad_entry(row: Fields) -> Entry | Skipped:
    answers = accepted(_squad_answers(row.get("answers")))
    if not answers:
        return Skipped("whose passage does not contain the answer")
    return Entry(question_text(row, "question"), answers=answers, id=row_id(row))


def _squad(row: Fields) -> Iterator[Entry | Skipped]:
    yield _squad_entry(row)


def _squad_articles(row: Fields) -> Iterator[Entry | Skipped]:
    """An article of the original file: paragraphs, each with its questions."""
    for paragraph in row["paragraphs"]:
        for asked in (mapping(paragraph) or {}).get("qas") or ():
            if (fields := mapping(asked)) is None:
                raise Unreadable(f"paragraphs contains something that is not a question: {shown(asked)}")
            yield _squad_entry(fields)


# ---- the others -------------------------------------------------------------


def _triviaqa(row: Fields) -> Iterator[Entry]:
    answer = mapping(row.get("answer")) or {}
    right = [
        answer.get("value"),
        *listed(answer.get("aliases"), "aliases"),
        *listed(answer.get("humananswers"), "answers"),
    ]
    normalised = [answer.get("normalizedvalue"), *listed(answer.get("normalizedaliases"), "aliases")]
    answers = [
        text for text in accepted(right) or accepted(normalised) if text != "<unk>"
    ]  # a placeholder in its test set
    yield Entry(
        question_text(row, "question"), answers=tuple(answers), id=first_text(row, "questionid", "id")
    )


def _is_triviaqa(row: Fields) -> bool:
    answer = mapping(row.get("answer")) or {}
    return "question" in row and bool({"value", "aliases"} & set(answer) or "questionsource" in row)


def _popqa(row: Fields) -> Iterator[Entry]:
    yield Entry(question_text(row, "question"), answers=accepted(row["possibleanswers"]), id=row_id(row))


def _nq(row: Fields) -> Iterator[Entry]:
    yield Entry(question_text(row, "question"), answers=accepted(row["answer"]), id=row_id(row))


def _is_nq(row: Fields) -> bool:
    return "question" in row and not _has_choices(row) and isinstance(structured(row.get("answer")), list)


# ---- Credence's own ---------------------------------------------------------


def _has_choices(row: Fields) -> bool:
    return any(not is_missing(row.get(name)) for name in _CHOICES)


def _own(row: Fields) -> Iterator[Entry]:
    question = question_text(row, "question")
    domain = first_text(row, "domain", "subject")
    choices = options(next((row[name] for name in _CHOICES if not is_missing(row.get(name))), None))
    right = next((row[name] for name in _RIGHT if not is_missing(row.get(name))), None)
    if choices.texts:
        if isinstance(right, list | dict):
            raise Unreadable(f"answer is {shown(right)}: a question with choices has one right answer")
        yield choice_entry(row, question, choices, right, domain=domain)
        return
    if isinstance(right, int | float) and not isinstance(right, bool):
        raise Unreadable(
            "answer is the index of a choice, but there are no choices: put short answers in the field answers, as texts"
        )
    short = row.get("answers")
    if isinstance(short, list) and any(str(text).strip() == "" for text in short):
        raise Unreadable("an accepted answer is blank")
    first = [] if is_missing(right) else [right] if isinstance(right, str) else listed(right, "answer")
    yield Entry(question, answers=accepted(first, short), id=row_id(row), domain=domain)


def _is_own(row: Fields) -> bool:
    if "question" not in row or any(mapping(row.get(name)) for name in ("question", *_ANSWERS)):
        return False
    named = any(name in row for name in (*_CHOICES, *_ANSWERS, *_RIGHT))
    return named or set(row) <= _ABOUT


OWN = Layout("Credence", _is_own, _own, data_set=False)
_PASSAGES = "asked without their passages"
SHORT_LAYOUTS = (
    Layout("SQuAD", lambda row: isinstance(row.get("paragraphs"), list), _squad_articles, note=_PASSAGES),
    Layout(
        "SQuAD",
        lambda row: "question" in row and _squad_answers(row.get("answers")) is not None,
        _squad,
        note=_PASSAGES,
    ),
    Layout("TriviaQA", _is_triviaqa, _triviaqa),
    Layout("PopQA", lambda row: {"question", "possibleanswers"} <= set(row), _popqa),
    Layout("NQ-open", _is_nq, _nq),
)

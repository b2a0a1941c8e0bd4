"""The layouts of data sets whose questions have options."""

from collections.abc import Iterator, Sequence

from estimators.parsing.options import LABELS
from evaluation.questions.layouts.entry import Entry, Fields, Layout, Unreadable
from evaluation.questions.layouts.fields import (
    Options,
    choice_entry,
    first_text,
    fold,
    is_missing,
    listed,
    mapping,
    one_text,
    options,
    question_text,
    row_id,
    shuffled_entry,
    structured,
)

_PREFIXES = ("", "option", "choice", "opt")  # of columns that hold an option each
_RIGHT = ("answer", "answerkey", "correct", "correctanswer", "correctoption", "label")


# ---- question {stem, choices [{text, label}]}, or choices {text […], label […]} ------------------------------


def _stem(row: Fields) -> Fields:
    return mapping(row.get("question")) or {}


def _key(row: Fields) -> object:
    return next((row[name] for name in ("answerkey", "answer") if not is_missing(row.get(name))), None)


def _nested(row: Fields) -> Iterator[Entry]:
    inner = _stem(row)
    yield choice_entry(row, question_text(inner, "stem"), options(inner.get("choices")), _key(row))


def _flat(row: Fields) -> Iterator[Entry]:
    text = question_text(row, "questionstem", "question")
    yield choice_entry(row, text, options(row.get("choices")), _key(row))


def _nested_or_flat(row: Fields) -> Iterator[Entry]:
    return _nested(row) if _stem(row) else _flat(row)


def _labelled_choices(row: Fields) -> bool:
    """Whether the choices carry their labels and the right one is named by ``answerKey``."""
    choices = structured(row.get("choices"))
    inner = mapping(choices) or mapping(choices[0] if isinstance(choices, list) and choices else None) or {}
    return "text" in inner and ("label" in inner or "answerkey" in row)


def _openbookqa(row: Fields) -> bool:
    return ("questionstem" in row and "choices" in row) or ("stem" in _stem(row) and "fact1" in row)


def _commonsenseqa(row: Fields) -> bool:
    flat = "questionconcept" in row and "choices" in row
    return flat or ("stem" in _stem(row) and "questionconcept" in _stem(row))


# ---- a column for each option -----------------------------------------------


def _columns(row: Fields) -> tuple[str, tuple[str, ...]]:
    """The prefix of the columns with options and the labels behind it, such as ("", (a, b, c, d))."""
    for prefix in _PREFIXES:
        for labels in (LABELS.casefold(), "123456789"):
            there = [label for label in labels if prefix + label in row]
            if len(there) >= 2 and there == list(labels[: len(there)]) and (prefix or labels[0] == "a"):
                return prefix, tuple(there)
    return "", ()


def _in_columns(row: Fields) -> Iterator[Entry]:
    prefix, labels = _columns(row)
    texts = {label: one_text(row[prefix + label], prefix + label) for label in labels}
    filled = [label for label in labels if texts[label].strip()]
    if filled != list(labels[: len(filled)]):
        raise Unreadable(f"option {next(label for label in labels if label not in filled).upper()} is blank")
    choices = options([texts[label] for label in filled])
    named = Options(choices.texts, tuple(label.upper() for label in filled))
    right = next((row[name] for name in _RIGHT if not is_missing(row.get(name))), None)
    if isinstance(right, float) and right.is_integer():
        right = int(right)
    right = str(right) if isinstance(right, int) and not isinstance(right, bool) else right
    if isinstance(right, str) and right.strip().isdecimal():
        if labels[0] == "a":
            named = Options(
                choices.texts
            )  # a number, not a letter: only the whole file shows whether it counts from 0 or 1
        elif right.strip() in choices.texts and choices.texts.index(right.strip()) + 1 != int(right):
            raise Unreadable(f"answer {right.strip()!r} is the number of one option and the text of another")
    yield choice_entry(
        row, question_text(row, "question"), named, right, domain=first_text(row, "subject", "domain")
    )


def _mmlu_columns(row: Fields) -> bool:
    return "question" in row and _columns(row) == ("", ("a", "b", "c", "d"))


def _other_columns(row: Fields) -> bool:
    return "question" in row and len(_columns(row)[1]) >= 2


# ---- an index, or the right one first ---------------------------------------


def _mmlu_rows(row: Fields) -> Iterator[Entry]:
    text, choices, right = question_text(row, "question"), options(row["choices"]), row.get("answer")
    if isinstance(right, str) and right.strip().isdecimal():
        right = int(right)  # an index, in any file format
    yield choice_entry(row, text, choices, right, domain=first_text(row, "subject"))


def _numbered(row: Fields, question: str, texts: Sequence[object], right: object, first: int) -> Entry:
    """A question whose right option is a number that counts from ``first``; −1 or blank if it is withheld."""
    choices = options(list(texts))
    text = one_text(right, "the right answer").strip().removesuffix(".0")
    if text in ("", "-1"):
        return Entry(question, choices.texts, id=row_id(row))
    if not text.isdecimal() or not 0 <= int(text) - first < len(choices.texts):
        last = len(choices.texts) - 1 + first
        raise Unreadable(f"the right answer is {text!r}, but the layout counts from {first} to {last}")
    return Entry(question, choices.texts, int(text) - first, id=row_id(row))


def _winogrande(row: Fields) -> Iterator[Entry]:
    texts = row["option1"], row["option2"]
    yield _numbered(row, question_text(row, "sentence"), texts, row.get("answer"), 1)


def _hellaswag(row: Fields) -> Iterator[Entry]:
    endings = listed(row["endings"], "endings")
    yield _numbered(row, question_text(row, "ctx"), endings, row.get("label"), 0)


def _piqa(row: Fields) -> Iterator[Entry]:
    yield _numbered(row, question_text(row, "goal"), (row["sol1"], row["sol2"]), row.get("label"), 0)


def _is_yes_or_no(value: object) -> bool:
    return isinstance(value, bool) or str(value).strip().casefold() in ("true", "false")


def _boolq(row: Fields) -> Iterator[Entry]:
    right = row.get("answer")
    if not (is_missing(right) or _is_yes_or_no(right)):
        raise Unreadable(f"answer is {right!r}, but it must be true or false in BoolQ")
    answer = None if is_missing(right) else int(str(right).strip().casefold() == "false")
    yield Entry(question_text(row, "question"), ("yes", "no"), answer, id=row_id(row))


def _sciq(row: Fields) -> Iterator[Entry]:
    wrong = [
        one_text(row[name], name) for name in ("distractor1", "distractor2", "distractor3") if name in row
    ]
    right = one_text(row.get("correctanswer"), "correct_answer")
    yield shuffled_entry(row, question_text(row, "question"), right, wrong)


def _gpqa(row: Fields) -> Iterator[Entry]:
    names = ("incorrectanswer1", "incorrectanswer2", "incorrectanswer3")
    wrong = [one_text(row[name], name) for name in names if name in row]
    right = one_text(row.get("correctanswer"), "Correct Answer")
    domain = first_text(row, "highleveldomain")
    yield shuffled_entry(row, question_text(row, "question"), right, wrong, domain=domain)


def _truthfulqa(row: Fields) -> Iterator[Entry]:
    """``mc1_targets``: the options with 1 for the right one, as two lists or as one object."""
    raw, targets = structured(row["mc1targets"]), mapping(row["mc1targets"]) or {}
    if {"choices", "labels"} <= set(targets):
        texts, marks = listed(targets["choices"], "choices"), listed(targets["labels"], "labels")
    else:
        kept = {
            text: mark for text, mark in raw.items() if not is_missing(mark)
        }  # Parquet lists the options of all rows
        texts, marks = list(kept), listed(list(kept.values()), "labels")
    if len(texts) != len(marks) or marks.count("1") != 1:
        raise Unreadable(f"mc1_targets has {marks.count('1')} right options of {len(texts)}, but 1 is needed")
    right = marks.index("1")
    wrong = texts[:right] + texts[right + 1 :]
    yield shuffled_entry(row, question_text(row, "question"), texts[right], wrong)


def _truthfulqa_table(row: Fields) -> Iterator[Entry]:
    raw = structured(row["incorrectanswers"])
    wrong = raw.split(";") if isinstance(raw, str) else listed(raw, "Incorrect Answers")
    right = one_text(row["bestanswer"], "Best Answer")
    others = dict.fromkeys(text.strip() for text in wrong)
    yield shuffled_entry(row, question_text(row, "question"), right.strip(), list(others))


def _has(*names: str) -> set[str]:
    return {fold(name) for name in names}


CHOICE_LAYOUTS = (
    Layout("TruthfulQA", lambda row: mapping(row.get("mc1targets")) is not None, _truthfulqa),
    Layout("TruthfulQA", lambda row: set(row) >= _has("question", "best_answer", "incorrect_answers"), _truthfulqa_table),
    Layout("OpenBookQA", _openbookqa, _nested_or_flat),
    Layout("CommonsenseQA", _commonsenseqa, _nested_or_flat),
    Layout("ARC or CommonsenseQA", lambda row: set(_stem(row)) >= {"stem", "choices"}, _nested, data_set=False),
    Layout("ARC", lambda row: "question" in row and _labelled_choices(row), _flat),
    Layout("WinoGrande", lambda row: set(row) >= {"sentence", "option1", "option2"}, _winogrande),
    Layout("HellaSwag", lambda row: set(row) >= {"ctx", "endings"}, _hellaswag),
    Layout("PIQA", lambda row: set(row) >= {"goal", "sol1", "sol2"}, _piqa),
    Layout("SciQ", lambda row: set(row) >= _has("question", "correct_answer", "distractor1"), _sciq),
    Layout("GPQA", lambda row: set(row) >= _has("Question", "Correct Answer", "Incorrect Answer 1"), _gpqa),
    Layout("MMLU", _mmlu_columns, _in_columns),
    Layout("MMLU", lambda row: set(row) >= {"question", "subject", "choices", "answer"}, _mmlu_rows),
    Layout("column for each option", _other_columns, _in_columns, data_set=False),
    Layout(
        "BoolQ",
        lambda row: set(row) >= {"question", "passage"} and "choices" not in row and not mapping(row.get("answers"))
        and (is_missing(row.get("answer")) or _is_yes_or_no(row["answer"])),
        _boolq, note="asked without their passages",
    ),
)  # fmt: skip

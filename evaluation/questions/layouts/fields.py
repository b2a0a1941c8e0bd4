"""Reads the values of a row: texts, lists, options and the right option.

CSV cells hold lists and objects as JSON (or as Python writes them), so every reader takes both.
"""

import ast
import json
import math
import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from estimators.parsing.options import LABELS
from evaluation.questions.layouts.entry import Entry, Fields, Unreadable

_LETTER = re.compile(r"\(?([A-Za-z])[.):]?")
_LONGEST = 60  # characters of a value quoted in a message


def fold(name: str) -> str:
    """A column's name without case, spaces and punctuation.

    >>> fold("answerKey"), fold("Correct Answer"), fold("mc1_targets")
    ('answerkey', 'correctanswer', 'mc1targets')
    """
    return re.sub(r"[\W_]+", "", name).casefold()


def folded(fields: Mapping[str, Any]) -> Fields:
    """A row under the folded names of its columns; if two fold to the same name, the first counts."""
    row: dict[str, Any] = {}
    for name, value in fields.items():
        row.setdefault(fold(str(name)), value)
    return row


def is_missing(value: Any) -> bool:
    """Whether a value is missing: null, NaN or a blank text."""
    return value is None or (isinstance(value, float) and math.isnan(value)) or str(value).strip() == ""


def structured(value: Any) -> Any:
    """A cell that holds a list or an object as text, as that list or object; anything else as it is.

    >>> structured('["a", "b"]'), structured("{'text': ['a']}"), structured("[sic] a text")
    (['a', 'b'], {'text': ['a']}, '[sic] a text')
    """
    if not isinstance(value, str) or value.lstrip()[:1] not in ("[", "{"):
        return value
    try:
        return json.loads(value)
    except ValueError:
        pass
    try:
        return ast.literal_eval(value.strip())
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return value


def mapping(value: Any) -> Fields | None:
    """An object with its names folded, or None if the value is not an object."""
    value = structured(value)
    return folded(value) if isinstance(value, Mapping) else None


def shown(value: Any) -> str:
    """A value as quoted in a message, shortened if it is long."""
    text = repr(value)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def one_text(value: Any, name: str) -> str:
    """A text, or a number as text; "" where it is missing."""
    if is_missing(value):
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Unreadable(f"{name} is {shown(value)}, but must be text")
    return str(value)


def first_text(row: Fields, *names: str) -> str:
    """The first of these columns that is not missing, as text."""
    return next((text for name in names if (text := one_text(row.get(name), name))), "")


def question_text(row: Fields, *names: str) -> str:
    """The question, from the first of these columns that holds one."""
    if text := first_text(row, *names):
        return text
    raise Unreadable("the question is blank")


def listed(value: Any, name: str) -> list[str]:
    """A list of texts: a list, or a text split at |.

    >>> listed(["a", 2], "answers"), listed("Danube | Donau", "answers"), listed(None, "answers")
    (['a', '2'], ['Danube', 'Donau'], [])
    """
    value = structured(value)
    if isinstance(value, str):
        return [part.strip() for part in value.split("|") if part.strip()]
    if isinstance(value, list | tuple):
        return [one_text(part, name) for part in value]
    text = one_text(value, name)
    return [text] if text else []


def accepted(*values: Any) -> tuple[str, ...]:
    """Accepted short answers without blanks and repetitions, in their order."""
    return tuple(dict.fromkeys(text for value in values for text in listed(value, "the answer") if text))


# ---- options ----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Options:
    """The texts of a question's options, and their labels if the file has any."""

    texts: tuple[str, ...]
    labels: tuple[str, ...] = ()


def options(value: Any, name: str = "choices") -> Options:
    """Options as a list of texts, as ``{text: […], label: […]}``, as ``[{text, label}]`` or as ``{label: text}``."""
    value = structured(value)
    if isinstance(value, Mapping):
        row = folded(value)
        if "text" in row:
            return Options(_plain(listed(row["text"], name)), tuple(listed(row.get("label"), "label")))
        there = {str(label): one_text(text, name) for label, text in value.items() if not is_missing(text)}
        return Options(_plain(there.values()), tuple(there))
    if isinstance(value, list | tuple) and value and all(isinstance(part, Mapping) for part in value):
        rows = [folded(part) for part in value]
        if any("text" not in row for row in rows):
            raise Unreadable(f"an option of {name} has no text: {shown(value)}")
        labels = [one_text(row.get("label"), "label") for row in rows]
        return Options(
            _plain(one_text(row["text"], name) for row in rows), tuple(labels) if all(labels) else ()
        )
    return Options(_plain(listed(value, name)))


def _plain(texts: Any) -> tuple[str, ...]:
    """Options with one line each, as they are asked."""
    return tuple(" ".join(text.split()) if "\n" in text or "\r" in text else text for text in texts)


def choice_entry(row: Fields, question: str, choices: Options, right: Any, domain: str = "") -> Entry:
    """A question with options, and the right one by its label, letter, index or text."""
    if len(set(choices.labels)) < len(choices.labels) or (
        choices.labels and len(choices.labels) != len(choices.texts)
    ):
        raise Unreadable(f"the labels {', '.join(choices.labels)} do not name {len(choices.texts)} options")
    place, number = right_place(right, choices)
    return Entry(question, choices.texts, place, id=row_id(row), domain=domain, number=number)


def right_place(right: Any, choices: Options) -> tuple[int | None, int | None]:
    """The index of the right option, or a number if only the whole file shows whether it counts from 0 or 1.

    A number in JSON is an index from 0, or a label if the file has such labels. Raises Unreadable for a text that is
    not an option, or is the letter of one option and the text of another.
    """
    if is_missing(right):
        return None, None
    labels = choices.labels or tuple(LABELS[: len(choices.texts)])
    if isinstance(right, float) and right.is_integer():
        right = int(right)
    if isinstance(right, int) and not isinstance(right, bool) and str(right) not in choices.labels:
        return right, None
    text = one_text(right, "answer").strip()
    if choices.labels and (place := _label_place(text, labels)) is not None:
        return place, None
    by_text, by_letter = _text_place(text, choices.texts), _label_place(text, labels)
    if by_text is not None and by_letter not in (None, by_text):
        raise Unreadable(
            f"answer {text!r} is the letter of one choice and the text of another: write {labels[by_text]} or "
            f"{labels[by_letter or 0]}, and give no choice that text"
        )
    place = by_text if by_text is not None else by_letter
    if not choices.labels and text.isdecimal():
        return place, int(text)
    if place is None:
        names = f"the label {', '.join(choices.labels)}" if choices.labels else "the letter"
        raise Unreadable(f"answer {text!r} is neither {names} nor the text of a choice")
    return place, None


def _label_place(text: str, labels: Sequence[str]) -> int | None:
    names = [label.casefold() for label in labels]
    if text.casefold() in names:
        return names.index(text.casefold())
    letter = _LETTER.fullmatch(text)
    return names.index(letter[1].casefold()) if letter and letter[1].casefold() in names else None


def _text_place(text: str, texts: Sequence[str]) -> int | None:
    if text in texts:
        return texts.index(text)
    words = text.casefold().split()
    same = [place for place, text in enumerate(texts) if text.casefold().split() == words]
    return same[0] if len(same) == 1 else None


def shuffled_entry(row: Fields, question: str, right: str, wrong: Sequence[str], domain: str = "") -> Entry:
    """A question whose right option the file names first; a shuffle seeded by the question's content decides the order."""
    texts = _plain([right, *(text for text in wrong if text)])
    if not right:
        raise Unreadable("the right answer is blank")
    order = list(range(len(texts)))
    random.Random(json.dumps([question, texts], ensure_ascii=False)).shuffle(order)
    return Entry(
        question, tuple(texts[place] for place in order), order.index(0), id=row_id(row), domain=domain
    )


def row_id(row: Fields) -> str:
    """The id from the file, "" if it has none."""
    return first_text(row, "id", "questionid", "recordid", "qid", "exampleid")

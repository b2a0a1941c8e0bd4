"""Questions written as rows of every layout, and rows written into every container."""

import csv
import gzip
import io
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

LETTERS = "ABCDEFGH"
Row = dict[str, Any]


@dataclass(frozen=True)
class Written:
    """A question as a test writes it; its right answer is the first of its options or answers."""

    question: str
    right: str
    wrong: tuple[str, ...] = ()
    place: int = 0  # of the right option, in layouts that do not name it first

    @property
    def texts(self) -> list[str]:
        others = list(self.wrong)
        return [*others[: self.place], self.right, *others[self.place :]]


def _parallel(written: Written, labels: str = LETTERS) -> Row:
    return {"text": written.texts, "label": list(labels[: len(written.texts)])}


def _pairs(written: Written) -> list[Row]:
    return [{"label": label, "text": text} for label, text in zip(LETTERS, written.texts, strict=False)]


def _stem(written: Written, **more: str) -> Row:
    inner = {"stem": written.question, "choices": _pairs(written), **more}
    return {"question": inner, "answerKey": LETTERS[written.place]}


def _columns(written: Written) -> Row:
    return dict(zip(LETTERS, written.texts, strict=False))


# Layouts with options: name that is told → row of a question with four options.
CHOICE: dict[tuple[str, str], Callable[[Written], Row]] = {
    ("Credence", "index"): lambda q: {"question": q.question, "choices": q.texts, "answer": q.place},
    ("Credence", "letter"): lambda q: {"question": q.question, "choices": q.texts, "answer": LETTERS[q.place].lower()},
    ("Credence", "text"): lambda q: {"question": q.question, "choices": q.texts, "answer": q.right},
    ("Credence", "options by letter"): lambda q: {"question": q.question, "options": _columns(q), "answer": q.right},
    ("ARC", "letters"): lambda q: {"question": q.question, "choices": _parallel(q), "answerKey": LETTERS[q.place]},
    ("ARC", "1 to 4"): lambda q: {
        "question": q.question, "choices": _parallel(q, "12345678"), "answerKey": str(q.place + 1)
    },
    ("ARC or CommonsenseQA", "nested"): _stem,
    ("CommonsenseQA", "nested"): lambda q: _stem(q, question_concept="fish"),
    ("CommonsenseQA", "hub"): lambda q: {
        "question": q.question, "question_concept": "fish", "choices": _parallel(q), "answerKey": LETTERS[q.place]
    },
    ("OpenBookQA", "nested"): lambda q: {**_stem(q), "fact1": "fish swim"},
    ("OpenBookQA", "hub"): lambda q: {
        "question_stem": q.question, "choices": _parallel(q), "answerKey": LETTERS[q.place]
    },
    ("MMLU", "columns"): lambda q: {"question": q.question, **_columns(q), "answer": LETTERS[q.place]},
    ("MMLU", "hub"): lambda q: {"question": q.question, "subject": "law", "choices": q.texts, "answer": q.place},
    ("column for each option", "numbers"): lambda q: {
        "Question": q.question, **{f"Option {n}": text for n, text in enumerate(q.texts, 1)}, "Answer": str(q.place + 1)
    },
    ("TruthfulQA", "hub"): lambda q: {
        "question": q.question, "mc1_targets": {"choices": [q.right, *q.wrong], "labels": [1, *[0] * len(q.wrong)]}
    },
    ("TruthfulQA", "original"): lambda q: {
        "question": q.question, "mc1_targets": {q.right: 1, **dict.fromkeys(q.wrong, 0)}
    },
    ("TruthfulQA", "table"): lambda q: {
        "Type": "x", "Question": q.question, "Best Answer": q.right, "Incorrect Answers": "; ".join(q.wrong)
    },
    ("SciQ", "hub"): lambda q: {
        "question": q.question, "correct_answer": q.right, "support": "",
        **{f"distractor{n}": text for n, text in enumerate(q.wrong, 1)},
    },
    ("GPQA", "table"): lambda q: {
        "Question": q.question, "Correct Answer": q.right,
        **{f"Incorrect Answer {n}": text for n, text in enumerate(q.wrong, 1)},
    },
    ("HellaSwag", "hub"): lambda q: {"ctx": q.question, "endings": q.texts, "label": str(q.place)},
}  # fmt: skip

# Layouts with two options.
PAIR: dict[tuple[str, str], Callable[[Written], Row]] = {
    ("WinoGrande", "hub"): lambda q: {
        "sentence": q.question, "option1": q.texts[0], "option2": q.texts[1], "answer": str(q.place + 1)
    },
    ("PIQA", "hub"): lambda q: {"goal": q.question, "sol1": q.texts[0], "sol2": q.texts[1], "label": q.place},
}  # fmt: skip

# Layouts with short answers.
SHORT: dict[tuple[str, str], Callable[[Written], Row]] = {
    ("Credence", "answers"): lambda q: {"question": q.question, "answers": [q.right, *q.wrong]},
    ("TriviaQA", "hub"): lambda q: {
        "question": q.question,
        "answer": {"value": q.right, "aliases": [q.right, *q.wrong], "normalized_aliases": ["x"]},
    },
    ("TriviaQA", "original"): lambda q: {
        "Question": q.question, "QuestionId": "", "Answer": {"Value": q.right, "Aliases": [*q.wrong]}
    },
    ("NQ-open", "hub"): lambda q: {"question": q.question, "answer": [q.right, *q.wrong]},
    ("SQuAD", "hub"): lambda q: {
        "question": q.question, "context": "c", "answers": {"text": [q.right, *q.wrong], "answer_start": [0]}
    },
    ("PopQA", "hub"): lambda q: {"question": q.question, "possible_answers": json.dumps([q.right, *q.wrong])},
}  # fmt: skip


def _cell(value: Any) -> str:
    return json.dumps(value) if isinstance(value, list | dict) else str(value)


def _csv(rows: Sequence[Row], separator: str) -> str:
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=separator)
    writer.writerow(rows[0])
    writer.writerows([[_cell(value) for value in row.values()] for row in rows])
    return text.getvalue()


def json_lines(rows: Sequence[Row]) -> str:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def parquet(rows: Sequence[Row]) -> bytes:
    import pyarrow
    from pyarrow import parquet as files

    sink = pyarrow.BufferOutputStream()
    files.write_table(pyarrow.Table.from_pylist(list(rows)), sink)
    return bytes(sink.getvalue().to_pybytes())


TEXTS: Mapping[str, tuple[str, Callable[[Sequence[Row]], str]]] = {
    "json lines": ("q.jsonl", json_lines),
    "json list": ("q.json", lambda rows: json.dumps(list(rows))),
    "json list over many lines": ("q.json", lambda rows: json.dumps(list(rows), indent=2)),
    "objects over many lines": ("q.json", lambda rows: "\n".join(json.dumps(row, indent=2) for row in rows)),
    "json object with a list": ("q.json", lambda rows: json.dumps({"version": "1", "data": list(rows)})),
    "comma": ("q.csv", lambda rows: _csv(rows, ",")),
    "semicolon": ("q.csv", lambda rows: _csv(rows, ";")),
    "tab": ("q.tsv", lambda rows: _csv(rows, "\t")),
}
ENCODINGS: Mapping[str, Callable[[str], bytes]] = {
    "utf-8": str.encode,
    "byte-order mark and CRLF": lambda text: (
        b"\xef\xbb\xbf" + text.replace("\r\n", "\n").replace("\n", "\r\n").encode()
    ),
    "utf-16": lambda text: text.encode("utf-16"),
    "gzip": lambda text: gzip.compress(text.encode()),
}


def written(folder: Path, container: str, encoding: str, rows: Sequence[Row]) -> Path:
    """The rows in a file."""
    if container == "parquet":
        data, name = parquet(rows), "q.parquet"
    else:
        name, write = TEXTS[container]
        data = ENCODINGS[encoding](write(rows))
    path = folder / (f"{name}.gz" if encoding == "gzip" else name)
    path.write_bytes(data)
    return path

"""The judged sentences of a MIC measurement as a file of their own: what marker stability is measured on."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from estimators.mic import ALL
from evaluation.jsonl_file import BadFile, numbered_objects

HEADER = "mic_sentences"  # the key of the first line


class Sentence(BaseModel):
    """One sentence of an answer, with how far the model's other answers support it."""

    model_config = ConfigDict(frozen=True)

    question: str = Field(min_length=1)  # id
    seed: int  # which of the question's answers
    domain: str = Field(min_length=1)
    marker: str = Field(min_length=1)  # canonical, or <no_hedge>
    conf: float = Field(ge=0, le=1)  # conf(s)


@dataclass(frozen=True, slots=True)
class Sentences:
    """What one file holds."""

    path: Path
    header: Mapping[str, Any]
    rows: tuple[Sentence, ...]


def write_sentences(path: Path, header: Mapping[str, Any], rows: Sequence[Sentence]) -> None:
    """Write the sentences after a first line that says how they came about."""
    lines = [json.dumps({HEADER: dict(header)}, ensure_ascii=False), *(row.model_dump_json() for row in rows)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def read_sentences(path: Path) -> Sentences:
    """Read them back; raises BadFile naming file, line and field for what is wrong."""
    header: Mapping[str, Any] | None = None
    rows = []
    for number, row in numbered_objects(path):
        if header is None:
            header = row.get(HEADER)
            if not isinstance(header, dict):
                raise BadFile(f"{path}, line {number}: no sentences of `python -m evaluation mic`.")
            continue
        try:
            sentence = Sentence.model_validate(row)
        except ValidationError as error:
            first = error.errors()[0]
            field = ".".join(map(str, first["loc"]))
            raise BadFile(f"{path}, line {number}: {field}: {first['msg'].lower()}.") from None
        if sentence.domain == ALL:
            raise BadFile(f'{path}, line {number}: a domain cannot be named "{ALL}": that is all of them.')
        rows.append(sentence)
    if not rows:
        raise BadFile(f"{path} holds no sentence: `python -m evaluation mic` writes them.")
    return Sentences(path, header or {}, tuple(rows))

"""Logs of Inspect, as JSON (``inspect log convert --to json``) or as its ``.eval`` archive."""

import json
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from evaluation.saved_answers.saved_answer import BadRow, SavedAnswer, answer_of, last_question, text_of
from files.errors import BadFile

_RIGHT, _WRONG = ("C", True), ("I", False)


def is_inspect_log(log: Any) -> bool:
    """Whether a JSON value is a log of Inspect."""
    return isinstance(log, Mapping) and isinstance(log.get("eval"), Mapping) and "samples" in log


def inspect_samples(log: Mapping[str, Any]) -> Iterator[SavedAnswer]:
    """The samples of a log; raises BadRow if one has another form."""
    for number, sample in enumerate(log.get("samples") or (), 1):
        if not isinstance(sample, Mapping):
            raise BadRow("samples: this is not a list of samples")
        yield read_sample(sample, number)


def archived_samples(path: Path) -> Iterator[SavedAnswer]:
    """The samples of an ``.eval`` archive; raises BadFile if this Python cannot unpack it."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = sorted(name for name in archive.namelist() if name.startswith("samples/"))
            for number, name in enumerate(names, 1):
                yield read_sample(json.loads(archive.read(name)), number)
    except NotImplementedError:
        raise BadFile(
            f"{path} is compressed in a way that this Python cannot read. "
            "Convert it with: inspect log convert --to json --output-dir FOLDER FILE"
        ) from None
    except (zipfile.BadZipFile, ValueError, OSError) as error:
        raise BadFile(f"{path} is not a log of Inspect ({error}).") from None


def read_sample(sample: Mapping[str, Any], number: int) -> SavedAnswer:
    """One sample: its input, the first choice of its output, and its first score that is right or wrong."""
    output = sample.get("output")
    output = output if isinstance(output, Mapping) else {}
    choices = output.get("choices") or [{}]
    message = choices[0].get("message") or {}
    answer = answer_of(
        text_of(message.get("content")), choices[0].get("logprobs"), choices[0].get("stop_reason")
    )
    options = tuple(map(str, sample.get("choices") or ()))
    return SavedAnswer(
        str(sample.get("id", number)),
        last_question(sample.get("input")) or last_question(sample.get("messages")),
        answer,
        options,
        _correct(sample.get("scores")),
        model=str(output.get("model") or ""),
    )


def _correct(scores: Any) -> bool | None:
    for score in scores.values() if isinstance(scores, Mapping) else ():
        value = score.get("value") if isinstance(score, Mapping) else None
        if value in _RIGHT or (isinstance(value, float) and value == 1):
            return True
        if value in _WRONG or (isinstance(value, float) and value == 0):
            return False
    return None

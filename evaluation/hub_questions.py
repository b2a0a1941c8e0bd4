"""Data sets of the Hugging Face hub, their columns read as those of a question file."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from estimators.options import LABELS
from evaluation.jsonl_file import BadFile

HUB = re.compile(r"(?:hf:)?(?P<name>[\w.-]+(?:/[\w.-]+)?)(?::(?P<config>[\w.-]+))?(?:@(?P<split>[\w.-]+))?")
_SPLITS = ("test", "validation", "dev", "train")  # the first of these that a data set has
_COLUMNS = "question, and either choices with answer or answers"


def hub_rows(source: str) -> Iterator[tuple[int, dict[str, Any]]]:
    """Rows of ``NAME[:CONFIG][@SPLIT]``, or ``hf:`` before a folder that the datasets library can load."""
    named = HUB.fullmatch(source)
    assert named is not None
    try:
        import datasets
    except ImportError:
        raise BadFile(
            f"{source} is no file, and data sets of the hub need a package: `pip install datasets`."
        ) from None
    name, config, split = named["name"], named["config"], named["split"]
    try:
        there = datasets.get_dataset_split_names(name, config)
        chosen = split or next((one for one in _SPLITS if one in there), there[0])
        if chosen not in there:
            raise BadFile(f"{source} has no split {chosen!r}; its splits: {', '.join(there)}.")
        rows = datasets.load_dataset(name, config, split=chosen)
    except BadFile:
        raise
    except ValueError as error:  # a configuration is needed or unknown; the library's text lists them
        raise BadFile(f"{source}: {str(error).splitlines()[0]} Name one as NAME:CONFIG@SPLIT.") from None
    except Exception as error:  # its errors come from several libraries
        raise BadFile(
            f"{source} is neither a file here nor a data set that could be fetched ({type(error).__name__}): "
            "check the name and the network, or give a .jsonl or .csv file."
        ) from None
    yield from from_columns(source, rows)


def from_columns(source: str, rows: Iterable[Mapping[str, Any]]) -> Iterator[tuple[int, dict[str, Any]]]:
    """Rows with the columns that known data sets use, as our own.

    Understood: question or question_stem; choices as a list or as {"text", "label"}; mc1_targets as
    {"choices", "labels"}; answer as index or letter; answerKey; answer or answers as text, list, or
    {"value", "aliases"}; id, question_id.
    """
    for number, row in enumerate(rows, 1):
        text = row.get("question") or row.get("question_stem")
        if isinstance(text, Mapping):
            text = text.get("stem") or text.get("text")
        if not isinstance(text, str):
            raise BadFile(
                f"{source}: no question in the columns {', '.join(row)}; understood are {_COLUMNS}."
            )
        made: dict[str, Any] = {
            "id": str(row.get("id") or row.get("question_id") or number),
            "question": text,
        }
        choices, labels = _choices(row)
        right = row.get("answerKey", row.get("answer", row.get("answers")))
        if choices:
            made |= {"choices": choices, "answer": _right_choice(row, choices, labels, right)}
        else:
            made["answers"] = _short(right)
        yield number, made


def _choices(row: Mapping[str, Any]) -> tuple[list[str], list[str]]:
    given = row.get("choices") or row.get("options")
    if isinstance(targets := row.get("mc1_targets"), Mapping):
        given = {"text": targets["choices"]}
    if isinstance(given, Mapping):
        texts = list(given["text"])
        return texts, [str(label) for label in given.get("label") or LABELS[: len(texts)]]
    texts = list(given or ())
    return texts, list(LABELS[: len(texts)])


def _right_choice(
    row: Mapping[str, Any], choices: Sequence[str], labels: Sequence[str], right: Any
) -> int | None:
    if isinstance(targets := row.get("mc1_targets"), Mapping):
        return list(targets["labels"]).index(1)
    if isinstance(right, int):
        return right
    if right in labels:
        return labels.index(right)
    return list(choices).index(right) if right in choices else None


def _short(right: Any) -> list[str]:
    if isinstance(right, str):
        return [right] if right.strip() else []
    if isinstance(right, Mapping):
        known = [right.get("value"), *(right.get("aliases") or ()), *(right.get("text") or ())]
        return list(dict.fromkeys(one for one in known if one))
    return [str(one) for one in right or ()]

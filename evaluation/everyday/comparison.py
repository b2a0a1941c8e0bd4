"""Compares the two answers to each request blind: a sheet that hides which is which, and the count of the verdicts."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from pydantic import BaseModel, ConfigDict
from scipy.stats import binomtest

from evaluation.everyday.answers import WAYS, RequestAnswer, Way, requests
from files.errors import BadFile
from files.json_lines import read_rows, write_objects

Verdict = Literal["first", "second", "same"]


class Pair(BaseModel):
    """The two answers to a request in random order, and which of them is the longer and more complete."""

    model_config = ConfigDict(frozen=True)

    id: str
    request: str
    first: str
    second: str
    more_complete: Verdict | None = None  # to be filled in by a reader


@dataclass(frozen=True, slots=True)
class Outcome:
    """How often each way gave the more complete answer, and how long the answers were."""

    plain: int
    system: int
    same: int
    p: float  # two-sided sign test on the pairs that differ; 1 if there are none
    tokens: dict[Way, float]  # median length of an answer in tokens
    cut: dict[Way, int]  # answers cut off at the limit


def write_sheet(path: Path, answers: Sequence[RequestAnswer], seed: int = 0) -> int:
    """Write the pairs in random order, for somebody to fill in ``more_complete``; returns how many there are.

    Raises BadFile if a request lacks an answer, and FileExistsError rather than replace a sheet with verdicts.
    """
    if path.exists() and any(pair.more_complete for pair in read_rows(path, Pair)):
        raise BadFile(f"{path} contains verdicts. Choose another file, or delete this one.")
    texts = {(answer.id, answer.way): answer.text for answer in answers}
    pairs = []
    for request in requests():
        if any((request.id, way) not in texts for way in WAYS):
            raise BadFile(
                f"The request {request.id} has not been answered in both ways yet: ask again without --sheet."
            )
        first, second = _order(request.id, seed)
        pairs.append(
            Pair(
                id=request.id,
                request=request.text,
                first=texts[request.id, first],
                second=texts[request.id, second],
            )
        )
    random.Random(seed).shuffle(pairs)
    return write_objects(path, (pair.model_dump() for pair in pairs))


def outcome(path: Path, answers: Sequence[RequestAnswer], seed: int = 0) -> Outcome:
    """Count the verdicts of a filled-in sheet; raises BadFile if one is missing."""
    counts = {"plain": 0, "system": 0, "same": 0}
    for pair in read_rows(path, Pair):
        if pair.more_complete is None:
            raise BadFile(
                f'{path}: the request {pair.id} has no verdict. Fill in "first", "second" or "same".'
            )
        first, second = _order(pair.id, seed)
        counts[{"first": first, "second": second, "same": "same"}[pair.more_complete]] += 1
    different = counts["plain"] + counts["system"]
    p = float(binomtest(counts["plain"], different, 0.5).pvalue) if different else 1.0
    by_way = {way: [answer for answer in answers if answer.way == way] for way in WAYS}
    return Outcome(
        **counts, p=p,
        tokens={way: float(np.median([answer.tokens for answer in rows])) for way, rows in by_way.items()},
        cut={way: sum(answer.finish == "length" for answer in rows) for way, rows in by_way.items()},
    )  # fmt: skip


def _order(request: str, seed: int) -> tuple[Way, Way]:
    """Which way's answer comes first in the sheet."""
    first, second = random.Random(f"{seed} {request}").sample(WAYS, 2)
    return first, second

"""The per-question results of seven chat models that Plaut, Nguyen & Trinh (2024) published, and their table."""

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from evaluation.metrics.validation import Floats
from files.errors import BadFile
from files.text import file_text

COLUMNS = ("dataset", "prompt", "index", "correct", "parsed", "msp", "max_logit")


@dataclass(frozen=True, slots=True)
class PublishedWithholding:
    """The abstention score and the share withheld of one model, score and penalty."""

    score: float
    withheld: float  # %


@dataclass(frozen=True, slots=True)
class Published:
    """A model's row in the paper, means over five data sets and two prompts; arXiv 2402.13213.

    Calibration error, shares withheld and the scores with the maximum logit are in the tables of the authors'
    repository, github.com/bplaut/llm-calibration-and-correctness-prediction, figs/, at commit c176fdd.
    """

    title: str
    accuracy: float  # %
    auroc_msp: float  # %
    auroc_logit: float | None  # %
    balanced: float  # never abstaining
    balanced_abstaining: float
    conservative: float
    conservative_abstaining: float
    calibration_error: float
    msp_withheld: tuple[float, float]  # %, balanced and conservative
    max_logit: tuple[PublishedWithholding, PublishedWithholding] | None = None  # balanced and conservative

    def withholding(self, score: Literal["msp", "max_logit"], place: int) -> PublishedWithholding:
        """Of a score with the balanced (0) or the conservative (1) penalty; raises ValueError where none is published."""
        if score == "msp":
            return PublishedWithholding(
                (self.balanced_abstaining, self.conservative_abstaining)[place], self.msp_withheld[place]
            )
        if self.max_logit is None:
            raise ValueError(f"no figures with the maximum logit are published for {self.title}")
        return self.max_logit[place]


def _logit(
    balanced: tuple[float, float], conservative: tuple[float, float]
) -> tuple[PublishedWithholding, PublishedWithholding]:
    return PublishedWithholding(*balanced), PublishedWithholding(*conservative)


PUBLISHED = {
    "Falcon-7b": Published(
        "Falcon 7B",
        29.1,
        51.8,
        51.7,
        -41.9,
        -1.1,
        -112.9,
        -2.7,
        0.08,
        (81.5, 95.2),
        _logit((-0.3, 98.7), (-1.0, 98.7)),
    ),
    "Llama-7b": Published(
        "Llama 2 7B",
        40.6,
        57.3,
        55.9,
        -19.0,
        -6.4,
        -78.5,
        -6.6,
        0.30,
        (37.2, 87.3),
        _logit((-5.0, 47.0), (-0.3, 98.7)),
    ),
    "Yi-6b": Published(
        "Yi 6B",
        52.1,
        66.8,
        61.7,
        4.2,
        14.5,
        -43.6,
        4.9,
        0.15,
        (51.7, 70.3),
        _logit((9.5, 66.6), (-2.4, 66.6)),
    ),
    "Mistral": Published(
        "Mistral 7B",
        56.9,
        63.5,
        62.7,
        13.7,
        17.0,
        -29.4,
        -1.5,
        0.40,
        (15.0, 49.6),
        _logit((15.6, 11.7), (4.8, 69.9)),
    ),
    "Llama-70b": Published(
        "Llama 2 70B",
        58.3,
        69.4,
        63.3,
        16.6,
        21.4,
        -25.1,
        7.7,
        0.31,
        (14.7, 66.6),
        _logit((19.3, 13.8), (2.3, 60.8)),
    ),
    "Llama3-8b": Published(
        "Llama 3 8B",
        58.6,
        71.2,
        68.9,
        17.1,
        23.5,
        -24.3,
        10.3,
        0.19,
        (31.2, 52.0),
        _logit((20.7, 57.4), (9.8, 57.4)),
    ),
    "gpt-3.5-turbo": Published("GPT-3.5 Turbo", 67.3, 75.7, None, 34.5, 38.8, 1.7, 27.0, 0.21, (30.8, 61.2)),
}


@dataclass(frozen=True, slots=True)
class Cell:
    """One model on one data set with one prompt, shapes (n,); a reply without an answer counts as wrong with score 0."""

    index: NDArray[np.intp]  # of the question
    correct: Floats
    msp: Floats
    max_logit: Floats | None  # None if the model returns no raw scores


Cells = Mapping[tuple[str, str], Cell]  # (data set, prompt) → cell


def read_results(folder: Path, names: tuple[str, ...] = tuple(PUBLISHED)) -> dict[str, Cells]:
    """The results of each model; raises BadFile naming the file, and the line, for missing or wrong data."""
    return {name: read_cells(folder / f"{name}.csv.gz") for name in names}


def read_cells(path: Path) -> Cells:
    """The results of one model, from a gzipped CSV with the columns ``COLUMNS``."""
    rows_by_place: dict[tuple[str, str], list[tuple[int, float, float, float]]] = {}
    if not path.exists():
        raise BadFile(f"There is no file {path}: give the folder with the results of the seven models.")
    rows = csv.reader(io.StringIO(file_text(path), newline=""))
    header = tuple(next(rows, ()))
    if header != COLUMNS:
        raise BadFile(f"{path}: the header is {', '.join(header)}, not {', '.join(COLUMNS)}.")
    for row in rows:
        rows_by_place.setdefault((row[0], row[1]), []).append(_values(path, rows.line_num, row))
    if not rows_by_place:
        raise BadFile(f"{path} contains no results.")
    cells = {place: _cell(rows) for place, rows in sorted(rows_by_place.items())}
    for (data_set, prompt), cell in cells.items():
        others = (other for (name, _), other in cells.items() if name == data_set)
        if not all(np.array_equal(cell.index, other.index) for other in others):
            raise BadFile(f"{path}: the prompts do not ask the same questions of {data_set} ({prompt}).")
    return cells


def _values(path: Path, line: int, row: list[str]) -> tuple[int, float, float, float]:
    """Index, outcome, MSP and maximum logit of a row; a missing logit is nan."""
    try:
        index, correct, parsed, msp = int(row[2]), float(row[3]), float(row[4]), float(row[5])
        logit = float(row[6]) if row[6] else np.nan
    except (ValueError, IndexError):
        raise BadFile(f"{path}, line {line}: {','.join(row)} is not a row of {', '.join(COLUMNS)}.") from None
    return (index, correct, msp, logit) if parsed else (index, 0.0, 0.0, 0.0)


def _cell(rows: list[tuple[int, float, float, float]]) -> Cell:
    index, correct, msp, logit = (np.array(column) for column in zip(*sorted(rows), strict=True))
    return Cell(index.astype(np.intp), correct, msp, None if np.isnan(logit).any() else logit)

"""The runs behind a reproduction: which file, which model, how many questions, with the hash of the file."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from evaluation.metrics import accuracy, resampled
from evaluation.reports.tables import cell
from evaluation.runs.reader import Run, read_run
from evaluation.runs.record import Record


@dataclass(frozen=True, slots=True)
class Source:
    """One run with the hash of its file; its records are sorted by id."""

    run: Run
    sha256: str

    @property
    def data(self) -> str:
        """The data set: the domain that its questions share."""
        return "+".join(sorted({record.domain for record in self.run.records}))

    @property
    def data_or_file(self) -> str:
        """The data set, or the name of the run if its questions have several domains."""
        return self.data if "+" not in self.data else self.run.name

    @property
    def title(self) -> str:
        """Model and data set."""
        return f"{self.run.model}, {self.data}"


def read_sources(paths: Sequence[Path]) -> tuple[Source, ...]:
    """Read the runs; raises BadFile for another kind of file."""
    sources = []
    for path in paths:
        run = read_run(path)
        in_order = tuple(sorted(run.records, key=lambda record: record.id))
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        sources.append(Source(Run(run.path, run.header, in_order, run.cut), digest))
    return tuple(sources)


def confidences(records: Sequence[Record], signal: str) -> dict[str, float]:
    """The confidence of every record that has the signal, by id."""
    readings = {
        record.id: record.by_name[signal].confidence for record in records if signal in record.by_name
    }
    return {name: value for name, value in readings.items() if value is not None}


def source_rows(sources: Sequence[Source], draws: int) -> list[list[str]]:
    """What was run: questions, failures, accuracy with its interval, date, and the file's hash."""
    rows = [
        [
            "model",
            "data set",
            "questions",
            "failed",
            "not graded",
            "accuracy",
            "date",
            "sha256 of the records",
        ]
    ]
    for source in sources:
        right = [float(bool(record.correct)) for record in source.run.graded]
        share = resampled(partial(_share_right, right), len(right), draws, share=True)
        run = source.run
        counts = (len(run.records), len(run.failed), len(run.ungraded))
        right_share = cell(share)
        date = str(run.header.get("date", ""))
        numbers = [f"{count:,}" for count in counts]
        rows.append([run.model, source.data_or_file, *numbers, right_share, date, source.sha256[:16]])
    return rows


def _share_right(right: Sequence[float], chosen: NDArray[np.intp]) -> float:
    return accuracy([1.0] * len(chosen), [right[place] for place in chosen])

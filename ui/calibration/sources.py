"""What a person can calibrate from, and unfinished calibrations; their files are kept with the calibrations."""

from collections.abc import Generator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from langchain_core.language_models import BaseChatModel

from chains import CredenceError
from chains.models.slot import ModelSlot
from estimators.calibration.record import Calibration
from evaluation.calibration.calibrating import Progress, calibrating
from evaluation.calibration.sources import BUNDLED, label_counts, source_kind
from evaluation.calibration.work import Unfinished, unfinished, work_file
from files.errors import BadFile
from ui.calibration.form import LEAST, Source
from ui.calibration.job import Work
from ui.calibration.uploads import keep_upload, own_name, with_own_names

LABELS = "labels.jsonl"
LABELS_CAVEAT = (
    "Labels allow a guarantee only if every answer between the first and the last labelled one has a label."
)
SEED = 0


class Sources:
    """The sources for the model in use; ``labels`` is the folder with the person's labels, None if none are kept."""

    def __init__(self, model: BaseChatModel | ModelSlot, labels: Path | None) -> None:
        self.slot, self.labels = ModelSlot.of(model), labels

    @property
    def model(self) -> BaseChatModel:
        """The model in use."""
        return self.slot.model

    # ---- sources ------------------------------------------------------------

    def offered(self, upload: Path | None) -> tuple[Source, ...]:
        """The project's questions, the person's labels, a file."""
        return self._bundled(), self._labelled(), self._file(upload)

    def _bundled(self) -> Source:
        n = source_kind(BUNDLED, self.model).n
        return Source(
            "bundled", "The questions that come with Credence", f"{n:,} questions with known answers.", n
        )

    def _labelled(self) -> Source:
        title = "My own labels"
        if self.labels is None:
            return Source("labels", title, "This page does not save labels.", usable=False)
        needed = LEAST
        try:
            counts = label_counts(self.labels / LABELS, self.model)
            needed = counts.needed
            there = {"with options": counts.choice, "without options": counts.free}
        except BadFile as error:
            if (self.labels / LABELS).exists():
                return Source("labels", title, str(error), usable=False)
            there = {}
        total = sum(there.values())
        kinds = " and ".join(f"{n:,} {kind}" for kind, n in there.items() if n)
        description = f"{total:,} labelled answers of this model" + (f" ({kinds})" if kinds else "")
        if max(there.values(), default=0) < needed:
            description += f"; at least {needed} of one kind are needed. Add labels with “Was this right?” below an answer."
            return Source("labels", title, description, total, usable=False)
        return Source("labels", title, f"{description}. {LABELS_CAVEAT}", total, asks=False)

    def _file(self, upload: Path | None) -> Source:
        description = (
            "Questions with their answers (JSON, CSV or Parquet, including the formats of ARC, MMLU, TriviaQA and other "
            "data sets), or the records of a run."
        )
        if upload is None:
            return Source("file", "My own file", description, usable=False)
        try:
            content = source_kind(upload, self.model)
        except CredenceError as error:
            return Source("file", "My own file", with_own_names(str(error)), usable=False)
        what = {"questions": "questions", "run": "answers of a run", "labels": "labelled answers"}[
            content.kind
        ]
        description = content.told or f"{content.n:,} {what}"
        return Source(
            "file", own_name(upload), f"{description}.", content.n, asks=content.kind == "questions"
        )

    def take(self, path: str, name: str) -> Path:
        """Keep an uploaded file; raises CredenceError with the line and what is wrong."""
        kept = keep_upload(path, name, {work.source for work in unfinished(self.model)})
        try:
            source_kind(kept, self.model)
        except CredenceError as error:
            kept.unlink()
            raise CredenceError(with_own_names(str(error))) from None
        return kept

    # ---- starting -----------------------------------------------------------

    def work(self, key: str, upload: Path | None, n: Any) -> tuple[str, Work]:
        """Title and work of a chosen source; raises CredenceError if it cannot be used."""
        chosen = next((source for source in self.offered(upload) if source.key == key), None)
        if chosen is None or not chosen.usable:
            raise CredenceError(chosen.description if chosen else "Choose a set of questions first.")
        draw = None
        if chosen.asks:
            if not isinstance(n, int) or not LEAST <= n <= chosen.n:
                raise CredenceError(f"Choose between {LEAST} and {chosen.n:,} questions.")
            draw = None if n == chosen.n else n
        place = {"bundled": BUNDLED, "labels": (self.labels or Path()) / LABELS, "file": upload}[key]
        assert place is not None
        return self._work(place, draw, SEED)

    def _work(self, source: Path, draw: int | None, seed: int) -> tuple[str, Work]:
        return _title(source), partial(self._steps, source, draw, seed)

    def _steps(self, source: Path, draw: int | None, seed: int) -> Generator[Progress, None, Calibration]:
        """Calibrate; the model stays open until that ends, also if another one takes its place."""
        with self.slot.use() as model:
            run = work_file(model, source, draw, seed)
            return (
                yield from calibrating(
                    source, model=model, run=run, name=_suggested(source), draw=draw, seed=seed
                )
            )

    # ---- unfinished ---------------------------------------------------------

    def unfinished(self) -> Sequence[tuple[str, str, int, int]]:
        """Key, title, questions done and questions in total of each stopped calibration."""
        return [
            (_key(work), _title(Path(work.source)), work.done, work.total) for work in unfinished(self.model)
        ]

    def resumed(self, key: str) -> tuple[str, Work]:
        """Title and work of a stopped calibration; raises CredenceError if it is gone."""
        work = self._unfinished(key)
        return self._work(Path(work.source), work.draw, work.seed)

    def discard(self, key: str) -> None:
        """Delete a stopped calibration with its answers."""
        work = self._unfinished(key)
        work_file(self.model, Path(work.source), work.draw, work.seed).unlink(missing_ok=True)

    def _unfinished(self, key: str) -> Unfinished:
        work = next((work for work in unfinished(self.model) if _key(work) == key), None)
        if work is None:
            raise CredenceError("This calibration no longer exists: start it again.")
        return work


def _key(work: Unfinished) -> str:
    return f"{work.source}|{work.draw}|{work.seed}"


def _title(source: Path) -> str:
    if source == BUNDLED:
        return "The questions that come with Credence"
    return "My own labels" if source.name == LABELS else own_name(source)


def _suggested(source: Path) -> str:
    """A suggested name."""
    if source == BUNDLED:
        return "Credence questions"
    return "My labels" if source.name == LABELS else Path(own_name(source)).stem[:60]

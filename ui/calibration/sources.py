"""What a person can calibrate from, and what was begun and not finished; the files of it lie beside the calibrations."""

import hashlib
import re
import shutil
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from gradio.utils import get_upload_folder
from langchain_core.language_models import BaseChatModel

from chains import CredenceError
from chains.calibration.store import calibration_folder
from evaluation.calibration.work import Unfinished, unfinished, work_file
from evaluation.commands.calibrate import BUNDLED, calibrating, label_counts, source_kind
from evaluation.jsonl_file import BadFile
from ui.calibration.form import LEAST, Source
from ui.calibration.job import Work

LABELS = "labels.jsonl"
LABELS_TOLD = "Nothing is guaranteed from labels unless every answer from the first labelled one to the last was labelled."
SEED = 0
_CUT = 12  # characters of the checksum before an uploaded file's name


class Sources:
    """The sources of one model; ``labels`` is the folder of the person's own labels, None where none are kept."""

    def __init__(self, model: BaseChatModel, labels: Path | None) -> None:
        self.model, self.labels = model, labels

    # ---- what there is ------------------------------------------------------

    def offered(self, upload: Path | None) -> tuple[Source, ...]:
        """The project's questions, the person's labels, a file."""
        return self._bundled(), self._labelled(), self._file(upload)

    def _bundled(self) -> Source:
        n = source_kind(BUNDLED, self.model).n
        return Source(
            "bundled", "The questions that come with Credence", f"{n:,} questions whose answers are known.", n
        )

    def _labelled(self) -> Source:
        title = "My own labels"
        if self.labels is None:
            return Source("labels", title, "Labels are not kept on this page.", usable=False)
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
        told = f"{total:,} answers of this model labelled" + (f" ({kinds})" if kinds else "")
        if max(there.values(), default=0) < needed:
            told += f"; at least {needed} of one kind are needed. “Was this right?” below an answer adds one."
            return Source("labels", title, told, total, usable=False)
        return Source("labels", title, f"{told}. {LABELS_TOLD}", total, asks=False)

    def _file(self, upload: Path | None) -> Source:
        told = (
            "Questions with their right answers (JSON, CSV or Parquet, also as ARC, MMLU, TriviaQA and other data sets "
            "have them), or the records of a run."
        )
        if upload is None:
            return Source("file", "A file of mine", told, usable=False)
        try:
            found = source_kind(upload, self.model)
        except CredenceError as error:
            return Source("file", "A file of mine", self.said(str(error)), usable=False)
        what = {"questions": "questions", "run": "answers of a run", "labels": "labelled answers"}[found.kind]
        told = found.told or f"{found.n:,} {what}"
        return Source("file", _own_name(upload), f"{told}.", found.n, asks=found.kind == "questions")

    def take(self, path: str, name: str) -> Path:
        """Keep an uploaded file where it outlives the page; raises CredenceError naming line and fault."""
        there = Path(path).resolve()
        if not path or not there.is_file() or not there.is_relative_to(Path(get_upload_folder()).resolve()):
            raise CredenceError(f"{name} did not arrive: choose it again.")
        folder = calibration_folder() / "uploads"
        folder.mkdir(parents=True, exist_ok=True)
        digest = hashlib.sha256(there.read_bytes()).hexdigest()[:_CUT]
        plain = re.sub(r"[^A-Za-z0-9._-]+", "_", Path(name).name)[-80:] or "questions.jsonl"
        kept = folder / f"{digest}-{plain}"
        shutil.copyfile(there, kept)
        try:
            source_kind(kept, self.model)
        except CredenceError as error:
            kept.unlink()
            raise CredenceError(self.said(str(error))) from None
        return kept

    def said(self, text: str) -> str:
        """An error as the person knows the file: by its own name."""
        return re.sub(rf"\S*/[0-9a-f]{{{_CUT}}}-([A-Za-z0-9._-]+)", r"\1", text)

    # ---- what can be begun --------------------------------------------------

    def work(self, key: str, upload: Path | None, n: Any) -> tuple[str, Work]:
        """Title and work of a chosen source; raises CredenceError where it cannot be used."""
        chosen = next((one for one in self.offered(upload) if one.key == key), None)
        if chosen is None or not chosen.usable:
            raise CredenceError(chosen.told if chosen else "Choose what to calibrate from first.")
        draw = None
        if chosen.asks:
            if not isinstance(n, int) or not LEAST <= n <= chosen.n:
                raise CredenceError(f"Choose between {LEAST} and {chosen.n:,} questions.")
            draw = None if n == chosen.n else n
        place = {"bundled": BUNDLED, "labels": (self.labels or Path()) / LABELS, "file": upload}[key]
        assert place is not None
        return self._work(place, draw, SEED)

    def _work(self, source: Path, draw: int | None, seed: int) -> tuple[str, Work]:
        run = work_file(self.model, source, draw, seed)
        steps = partial(
            calibrating, source, model=self.model, run=run, name=_suggested(source), draw=draw, seed=seed
        )
        return _title(source), steps

    # ---- what was begun -----------------------------------------------------

    def unfinished(self) -> Sequence[tuple[str, str, int, int]]:
        """Key, title, questions done and in all, of what was stopped."""
        return [(_key(one), _title(Path(one.source)), one.done, one.total) for one in unfinished(self.model)]

    def resumed(self, key: str) -> tuple[str, Work]:
        """Title and work of what was stopped; raises CredenceError where it is gone."""
        one = self._begun(key)
        return self._work(Path(one.source), one.draw, one.seed)

    def discard(self, key: str) -> None:
        """Forget what was stopped, with its answers."""
        one = self._begun(key)
        work_file(self.model, Path(one.source), one.draw, one.seed).unlink(missing_ok=True)

    def _begun(self, key: str) -> Unfinished:
        found = next((one for one in unfinished(self.model) if _key(one) == key), None)
        if found is None:
            raise CredenceError("This was begun on another page and is no longer there: start it anew.")
        return found


def _key(one: Unfinished) -> str:
    return f"{one.source}|{one.draw}|{one.seed}"


def _own_name(path: Path) -> str:
    """The name of an uploaded file as the person knows it.

    >>> _own_name(Path("uploads/0123456789ab-mine.jsonl"))
    'mine.jsonl'
    """
    return re.sub(rf"^[0-9a-f]{{{_CUT}}}-", "", path.name)


def _title(source: Path) -> str:
    if source == BUNDLED:
        return "The questions that come with Credence"
    return "My own labels" if source.name == LABELS else _own_name(source)


def _suggested(source: Path) -> str:
    """A name to begin with."""
    if source == BUNDLED:
        return "Credence questions"
    return "My labels" if source.name == LABELS else Path(_own_name(source)).stem[:60]

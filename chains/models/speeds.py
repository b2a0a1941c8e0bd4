"""How fast models answered here, from their last answers."""

import json
import logging
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chains.pipeline.model_calls import ANSWER
from chains.pipeline.turn import Turn
from files.atomic import write_text

SCHEMA = "credence.speeds/1"
LAST = 50  # answers of a model that count
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Speed:
    """Tokens per second over some answers, the reading of the question included."""

    tokens_per_second: float
    answers: int


class Speeds:
    """The tokens and seconds of the last answers of each model; kept in a file, or, without one, in this process."""

    def __init__(self, file: Path | None) -> None:
        self._file, self._lock = file, threading.Lock()
        self._measured = _read(file)

    def note(self, turn: Turn) -> None:
        """Count an answer that has just been written, if its cost is known."""
        if turn.assessment is None:
            return
        source = turn.assessment.evidence.provenance
        cost = source.costs.get(ANSWER)
        if cost is None or not cost.new_tokens or cost.seconds <= 0:
            return
        with self._lock:
            rows = self._measured.setdefault(_key(source.model, source.model_sha256), [])
            rows.append([cost.new_tokens, round(cost.seconds, 3)])
            del rows[:-LAST]
            self._keep()

    def of(self, model: str, sha256: str | None) -> Speed | None:
        """The speed of a model; None if it was never measured here."""
        with self._lock:
            rows = list(self._measured.get(_key(model, sha256), ()))
        seconds = sum(row[1] for row in rows)
        return Speed(sum(row[0] for row in rows) / seconds, len(rows)) if seconds > 0 else None

    def _keep(self) -> None:
        if self._file is None:
            return
        try:
            write_text(self._file, json.dumps({"schema": SCHEMA, "models": self._measured}) + "\n")
        except OSError as error:
            _log.warning("the speed of the model cannot be kept: %s", error)


def _key(model: str, sha256: str | None) -> str:
    return sha256 or model


def _read(file: Path | None) -> dict[str, list[Any]]:
    """What was measured before; what cannot be read is left out."""
    if file is None:
        return {}
    try:
        data = json.loads(file.read_text(encoding="utf-8"))
        kept = data["models"] if data["schema"] == SCHEMA else {}
        return {
            str(model): [[int(tokens), float(seconds)] for tokens, seconds in rows]
            for model, rows in kept.items()
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}

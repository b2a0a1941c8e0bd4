"""Files of measured marker internal confidence (MIC): where they are, and which one fits a model."""

import json
import logging
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from importlib.resources import files
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from estimators.markers.mic import ALL, MarkerConfidence, OwnMarkers
from files.data_folder import data_folder

SCHEMA = "credence.mic/1"
_log = logging.getLogger(__name__)


class _Entry(BaseModel):
    mic: float | None = Field(default=None, ge=0, le=1)
    n: int = Field(ge=0)
    low: float | None = None
    high: float | None = None
    missing: str = ""


class _Named(BaseModel):
    name: str
    n: int = 0


class MicFile(BaseModel):
    """The output of `python -m evaluation mic`, as far as the chat needs it."""

    model_config = ConfigDict(frozen=True)

    schema_name: str = Field(alias="schema", pattern=f"^{re.escape(SCHEMA)}$")
    model: str = Field(min_length=1)
    model_sha256: str | None = None
    questions: _Named
    judge: _Named
    samples: int
    created: str
    domains: Mapping[str, Mapping[str, _Entry]]

    def own_markers(self, domain: str) -> OwnMarkers | None:
        """The markers of one domain; None if it was not measured."""
        if domain not in self.domains:
            return None
        entries = {
            marker: MarkerConfidence(marker, entry.mic, entry.n, entry.low, entry.high, entry.missing)
            for marker, entry in self.domains[domain].items()
        }
        source = (
            f"{self.questions.n} questions of {self.questions.name}, {self.samples} samples each, "
            f"judged by {'the model itself' if self.judge.name == 'model' else 'embeddings'}, {self.created[:10]}"
        )
        return OwnMarkers(self.model, domain, entries, source)


def mic_folder() -> Path:
    """The folder of a person's own measurements: ``mic`` in $CREDENCE_DATA, or in ./credence-data."""
    return data_folder() / "mic"


def file_name(model: str, judge: str) -> str:
    """The file name of a measurement.

    >>> file_name("org/Some model", "embedding")
    'org_Some_model.embedding.json'
    """
    return f"{re.sub(r'[^A-Za-z0-9.-]+', '_', model)}.{judge}.json"


def load_mic(model_name: str, sha256: str | None = None, domain: str = ALL) -> OwnMarkers | None:
    """The measured markers of a model in a domain, or None; the person's own files take precedence.

    A measurement fits if the sha256 of the model file matches or, if one of the two is unknown, the name. The
    latest of several counts. A broken file is skipped and named in the log.
    """
    for measurements in (_own(), _shipped()):
        fitting = [
            measurement
            for measurement in measurements
            if _fits(measurement, model_name, sha256) and domain in measurement.domains
        ]
        if fitting:
            return max(fitting, key=lambda measurement: measurement.created).own_markers(domain)
    return None


def _fits(measurement: MicFile, model_name: str, sha256: str | None) -> bool:
    if sha256 and measurement.model_sha256:
        return measurement.model_sha256 == sha256
    return measurement.model == model_name


def _own() -> Iterator[MicFile]:
    folder = mic_folder()
    try:
        paths = sorted(path for path in folder.iterdir() if path.suffix == ".json")
        stamps = [(path, path.stat().st_mtime_ns) for path in paths]
    except OSError:
        return  # nothing measured here yet
    for path, stamp in stamps:
        if (measurement := _read(path, stamp)) is not None:
            yield measurement


def _shipped() -> Iterator[MicFile]:
    folder = files(__package__) / "shipped" / "mic"
    if not folder.is_dir():
        return
    for file in sorted(folder.iterdir(), key=lambda file: file.name):
        if file.name.endswith(".json") and (measurement := _read(Path(str(file)))) is not None:
            yield measurement


@lru_cache(maxsize=64)
def _read(file: Path, stamp: int = 0) -> MicFile | None:
    """The file as of its modification time ``stamp`` (ns); None, with a warning, if it is broken."""
    try:
        measurement = MicFile.model_validate(json.loads(file.read_text(encoding="utf-8")))
        for domain in measurement.domains:
            measurement.own_markers(domain)  # checks its figures and intervals
    except (OSError, ValueError, ValidationError) as error:
        reason = next(iter(str(error).splitlines()), type(error).__name__)
        _log.warning("the marker measurement %s is skipped: %s", file, reason)
        return None
    return measurement

"""Files of trained linear probes (safetensors): where they are, saving them, and which one fits a model."""

import json
import logging
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, get_args

import numpy as np
from numpy.typing import NDArray

from chains.calibration.store import BadCalibration, checked_name
from estimators.internals import Position
from estimators.linear_probe import LinearProbe, StateProbe
from files.atomic import replacement
from files.data_folder import data_folder

SCHEMA = "credence.linear-probe/1"
_ARRAYS = ("weights", "mean", "scale")
_FACTS = (
    "name",
    "model",
    "model_sha256",
    "created",
    "questions",
    "questions_sha256",
    "n",
    "held_out",
    "seed",
)
_FIGURES = ("layer", "bias", "auroc", "low", "high")
_log = logging.getLogger(__name__)


def probe_folder() -> Path:
    """The folder of a person's own probes: ``linear-probes`` in $CREDENCE_DATA, or in ./credence-data."""
    return data_folder() / "linear-probes"


def save_probe(probe: LinearProbe, *, replace: bool = False) -> Path:
    """Save a probe in the person's folder; raises BadCalibration if the name is taken or the disk cannot be written."""
    from safetensors.numpy import save_file

    path = probe_folder() / f"{checked_name(probe.name)}.safetensors"
    if path.exists() and not replace:
        raise BadCalibration(
            f"There is already a linear probe named {probe.name}: add --replace, or choose another name."
        )
    facts: dict[str, Any] = {name: getattr(probe, name) for name in _FACTS}
    facts["states"] = {
        position: {name: getattr(fitted, name) for name in _FIGURES}
        for position, fitted in probe.states.items()
    }
    tensors = {
        f"{position}.{name}": np.ascontiguousarray(getattr(fitted, name))
        for position, fitted in probe.states.items()
        for name in _ARRAYS
    }
    try:
        with replacement(path) as draft:
            save_file(tensors, draft, {"schema": SCHEMA, "probe": json.dumps(facts, ensure_ascii=False)})
    except OSError as error:
        raise BadCalibration(f"{path} cannot be written ({error.strerror}): free some space.") from error
    return path


def load_probe(model: str, sha256: str | None = None) -> LinearProbe | None:
    """The latest probe that was trained on this model, or None; a broken file is skipped and named in the log."""
    try:
        paths = sorted(path for path in probe_folder().iterdir() if path.suffix == ".safetensors")
        stamps = [(path, path.stat().st_mtime_ns) for path in paths]
    except OSError:
        return None  # nothing trained here yet
    probes = [probe for path, stamp in stamps if (probe := _read(path, stamp)) and probe.fits(model, sha256)]
    return max(probes, key=lambda probe: probe.created, default=None)


@lru_cache(maxsize=16)
def _read(file: Path, stamp: int) -> LinearProbe | None:
    """The file as of its modification time ``stamp`` (ns); None, with a warning, if it is broken."""
    try:
        from safetensors import SafetensorError, safe_open
    except ImportError:  # it comes with transformers, without which no state is read
        return None
    try:
        with safe_open(file, framework="numpy") as opened:
            about = opened.metadata() or {}
            tensors = {name: opened.get_tensor(name) for name in opened.keys()}  # noqa: SIM118
        if about.get("schema") != SCHEMA:
            raise ValueError(f"its schema is {about.get('schema')!r}, not {SCHEMA!r}")
        return _probe(json.loads(about["probe"]), tensors)
    except (SafetensorError, OSError, ValueError, KeyError, TypeError) as error:
        _log.warning("the linear probe %s is skipped: %s", file, error)
        return None


def _probe(facts: Mapping[str, Any], tensors: Mapping[str, NDArray[Any]]) -> LinearProbe:
    states: dict[Position, StateProbe] = {}
    for position in get_args(Position):
        if position in facts["states"]:
            arrays = {name: np.asarray(tensors[f"{position}.{name}"], np.float64) for name in _ARRAYS}
            fields: dict[str, Any] = {**facts["states"][position], **arrays}
            states[position] = StateProbe(**fields)
    return LinearProbe(**{name: facts[name] for name in _FACTS}, states=states)

"""Calibrations in progress: where their records are kept, and which stopped ones can be resumed."""

import hashlib
import json
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from langchain_core.language_models import BaseChatModel

from chains.calibration.store import calibration_folder
from chains.identity import identity
from evaluation.runs.reader import read_run
from files.errors import BadFile
from prompts import load


@dataclass(frozen=True, slots=True)
class Unfinished:
    """A stopped calibration that can be resumed."""

    source: str
    draw: int | None
    seed: int
    done: int
    total: int


def work_folder() -> Path:
    """The folder with the records of calibrations in progress."""
    return calibration_folder() / "work"


def work_file(model: BaseChatModel, source: str | Path, draw: int | None, seed: int) -> Path:
    """The file of records of a calibration: the same for the same model, source, draw, seed and prompts."""
    who = identity(model)
    what = [who["model"], who["model_sha256"], str(source), draw, seed, prompts_sha256()]
    return work_folder() / f"{hashlib.sha256(json.dumps(what).encode()).hexdigest()[:16]}.jsonl"


def unfinished(model: BaseChatModel) -> tuple[Unfinished, ...]:
    """This model's stopped calibrations that can be resumed, the latest first."""
    calibrations = []
    for path in sorted(work_folder().glob("*.jsonl"), key=lambda path: -path.stat().st_mtime):
        try:
            run = read_run(path)
        except BadFile:
            continue  # nothing was answered yet
        header = run.header
        source, draw, seed = header.get("source"), header.get("drawn"), header.get("seed")
        if not isinstance(source, str) or not Path(source).exists() or not isinstance(seed, int):
            continue
        done, total = sum(record.assessment is not None for record in run.records), header.get("wanted")
        if isinstance(total, int) and done < total and path == work_file(model, source, draw, seed):
            calibrations.append(Unfinished(source, draw, seed, done, total))
    return tuple(calibrations)


def prompts_sha256() -> str:
    """One hash over the wording of all prompts."""
    names = sorted(path.name for path in files(load.__module__).iterdir() if path.name.endswith(".txt"))
    return hashlib.sha256(
        "".join(load(name.removesuffix(".txt")).sha256 for name in names).encode()
    ).hexdigest()

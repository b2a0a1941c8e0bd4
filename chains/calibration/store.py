"""Calibrations as files: where they lie, saving so that a kill never harms, and the one that fits a model."""

import dataclasses
import json
import logging
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from pathlib import Path

from langchain_core.language_models import BaseChatModel
from pydantic import TypeAdapter, ValidationError

from chains.errors import CredenceError
from chains.identity import identity
from chains.whole_files import write_whole
from estimators.calibration.apply import NOT_YET
from estimators.calibration.guarantee import repair
from estimators.calibration.record import Calibration, misfit
from estimators.types import Provenance
from prompts import load as load_prompt

SCHEMA = "credence.calibration/1"
NONE = "none"  # as a name: use no calibration
_CHOICES = "in-use.txt"
_NAME = re.compile(r"[^\W_][\w .+()-]{0,58}[\w+)]|[^\W_]")
_log = logging.getLogger(__name__)


class BadCalibration(CredenceError):
    """A calibration that is missing, broken, or cannot be saved under this name."""


@dataclass(frozen=True, slots=True)
class Saved:
    """A calibration as it lies somewhere."""

    calibration: Calibration
    path: Path | None  # None: it came with Credence
    misfit: str = ""  # why it does not fit the model at hand; empty where it does

    @property
    def name(self) -> str:
        """What it is called."""
        return self.calibration.name

    @property
    def shipped(self) -> bool:
        """Whether it came with Credence."""
        return self.path is None


@dataclass(frozen=True, slots=True)
class Fit:
    """The calibration to be used, or why there is none."""

    calibration: Calibration | None
    reason: str = ""

    def __post_init__(self) -> None:
        if (self.calibration is None) != bool(self.reason):
            raise ValueError("give either a calibration or the reason why there is none")


def calibration_folder() -> Path:
    """Where a person's own calibrations lie: calibration in $CREDENCE_DATA, or in ./credence-data."""
    return Path(os.environ.get("CREDENCE_DATA", "credence-data")).expanduser() / "calibration"


def checked_name(name: str) -> str:
    """A name that can be a file's; raises BadCalibration for another.

    >>> checked_name(" Physics 250 ")
    'Physics 250'
    """
    name = " ".join(name.split())
    if name.lower() == NONE or not _NAME.fullmatch(name) or ".." in name:
        raise BadCalibration(
            f"{name!r} cannot be the name of a calibration: use 1 to 60 letters, digits, spaces, and . _ + - ( ), "
            "beginning with a letter or digit."
        )
    return name


def to_json(calibration: Calibration) -> str:
    """The calibration as readable JSON under its schema."""
    plain = {"schema": SCHEMA, **_adapter().dump_python(calibration, mode="json")}
    return json.dumps(plain, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def from_json(text: str, source: str = "this text") -> Calibration:
    """Read what ``to_json`` wrote, every invariant checked again; raises BadCalibration with what is wrong."""
    try:
        row = json.loads(text)
    except ValueError as error:
        raise BadCalibration(f"{source} is no calibration: no JSON ({error}).") from None
    schema = row.get("schema") if isinstance(row, dict) else None
    if schema != SCHEMA:
        raise BadCalibration(f"{source} has schema {schema!r}; this version of Credence reads {SCHEMA!r}.")
    row.setdefault("readings", 1)  # files of the first versions do not say
    try:
        found = _adapter().validate_python({name: value for name, value in row.items() if name != "schema"})
        return found if "no_guarantee" in row else repair(found)  # what an older version wrote
    except (ValidationError, ValueError) as error:
        if isinstance(error, ValidationError):
            first = error.errors()[0]
            place = ".".join(map(str, first["loc"])) or "the record"
            raise BadCalibration(f"{source}: {place}: {first['msg'].lower()}.") from None
        raise BadCalibration(f"{source}: {error}.") from None


@cache
def _adapter() -> TypeAdapter[Calibration]:
    return TypeAdapter(Calibration)


def save(calibration: Calibration, name: str | None = None, *, replace: bool = False) -> Path:
    """Write a calibration into the person's folder, under another name if one is given.

    It appears whole or not at all: a draft beside it is written, synced, renamed, and the folder synced. Raises
    BadCalibration where the name is taken and ``replace`` is False, or the disk refuses.
    """
    calibration = dataclasses.replace(calibration, name=checked_name(name or calibration.name))
    folder = calibration_folder()
    path = folder / f"{calibration.name}.json"
    if path.exists() and not replace:
        raise BadCalibration(
            f"There is a calibration named {calibration.name} already: replace it, or choose another name."
        )
    return write_durably(path, to_json(calibration))


def write_durably(path: Path, text: str) -> Path:
    """Write a text so that the file holds the old or the new one whole; raises BadCalibration where it cannot."""
    try:
        write_whole(path, text)
    except OSError as error:
        raise BadCalibration(
            f"{path} cannot be written ({error.strerror}): make room, or set CREDENCE_DATA to another folder."
        ) from error
    return path


def list_calibrations(model: BaseChatModel | None = None) -> tuple[Saved, ...]:
    """All that can be read, own ones first, then by name; with ``model`` each says whether it fits."""
    found = [*_own(), *_shipped()]
    if model is None:
        return tuple(found)
    return tuple(dataclasses.replace(one, misfit=_misfit(one.calibration, model)) for one in found)


def load(name: str) -> Calibration:
    """The calibration of that name, an own one before a shipped one; raises BadCalibration where there is none."""
    path = calibration_folder() / f"{checked_name(name)}.json"
    if path.is_file():
        return from_json(_text(path), str(path))
    found = next(
        (calibration.calibration for calibration in list_calibrations() if calibration.name == name), None
    )
    if found is None:
        there = ", ".join(calibration.name for calibration in list_calibrations()) or "none"
        raise BadCalibration(f"There is no calibration named {name}; there are: {there}.")
    return found


def rename(name: str, new: str) -> Path:
    """Give an own calibration another name; raises BadCalibration where that is taken or there is none."""
    path = _own_path(name)
    made = save(from_json(_text(path), str(path)), new)
    path.unlink(missing_ok=True)
    if chosen_calibration() == name:
        choose_calibration(checked_name(new))
    return made


def delete(name: str) -> None:
    """Remove an own calibration; raises BadCalibration where there is none, or it came with Credence."""
    _own_path(name).unlink()
    if chosen_calibration() == name:
        choose_calibration(None)


def _own_path(name: str) -> Path:
    path = calibration_folder() / f"{checked_name(name)}.json"
    if not path.is_file():
        shipped = any(one.name == name for one in _shipped())
        why = "came with Credence and stays" if shipped else "is not there"
        raise BadCalibration(f"The calibration {name} {why}.")
    return path


def choose_calibration(name: str | None) -> None:
    """Remember which calibration is in use, "none" for none; None: the latest one that fits."""
    path = calibration_folder() / _CHOICES
    if name is None:
        path.unlink(missing_ok=True)
    else:
        write_durably(path, name + "\n")


def chosen_calibration() -> str | None:
    """The name that was chosen, "none", or None."""
    try:
        return (calibration_folder() / _CHOICES).read_text(encoding="utf-8").strip() or None
    except (OSError, UnicodeDecodeError):
        return None


def fitting(model: BaseChatModel, name: str | None = None) -> Fit:
    """The calibration of that name; None: the chosen one if it fits, else the latest own one, else a shipped one.

    "none" is none. One that does not fit the model file or the wording of the prompts is refused with the reason.
    """
    wanted = name or chosen_calibration()
    if wanted == NONE:
        return Fit(None, "calibration is switched off")
    there = list_calibrations(model)
    if name is not None:
        one = next((one for one in there if one.name == name), None)
        if one is None:
            return Fit(None, f"there is no calibration named {name}")
        return (
            Fit(None, f"the calibration {name} is refused: {one.misfit}")
            if one.misfit
            else Fit(one.calibration)
        )
    good = [one for one in there if not one.misfit]
    if good:
        latest = max(good, key=lambda one: (one.name == wanted, not one.shipped, one.calibration.created))
        return Fit(latest.calibration)
    return Fit(None, _refused(there, identity(model)["model"], wanted))


def _refused(there: tuple[Saved, ...], model: str, wanted: str | None) -> str:
    """Why none fits, by the one that was meant: the chosen one, else one of this model's name."""
    meant = [one for one in there if one.name == wanted] or [
        one for one in there if one.calibration.model == model
    ]
    if not meant:
        return NOT_YET
    latest = max(meant, key=lambda one: one.calibration.created)
    return f"the calibration {latest.name} is refused: {latest.misfit}"


def _misfit(calibration: Calibration, model: BaseChatModel) -> str:
    who = identity(model)
    now = {}
    for name in calibration.prompts:
        try:
            now[name] = load_prompt(name).sha256
        except FileNotFoundError:
            return f"the prompt {name} that it was measured with is no longer there; calibrate again"
    return misfit(calibration, Provenance(who["model"], who["engine"], who["model_sha256"], now))


def _own() -> Iterator[Saved]:
    try:
        places = sorted(path for path in calibration_folder().iterdir() if path.suffix == ".json")
        stamps = [(path, path.stat().st_mtime_ns) for path in places]
    except OSError:
        return  # nothing saved here yet
    for path, stamp in stamps:
        found = _read(path, stamp)
        if found is not None:  # the file's name counts: a person may have copied it
            yield Saved(dataclasses.replace(found, name=path.stem), path)


def _shipped() -> Iterator[Saved]:
    folder = files(__package__) / "shipped"
    if not folder.is_dir():
        return
    for file in sorted(folder.iterdir(), key=lambda one: one.name):
        if file.name.endswith(".json") and (found := _read(Path(str(file)))) is not None:
            yield Saved(found, None)


@lru_cache(maxsize=64)
def _read(file: Path, stamp: int = 0) -> Calibration | None:
    """A file as it was at that time (ns); None, and a warning, when it is broken."""
    try:
        return from_json(_text(file), str(file))
    except BadCalibration as error:
        _log.warning("the calibration %s is left out: %s", file, error)
        return None


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadCalibration(f"{path} cannot be read ({type(error).__name__}): check it.") from None

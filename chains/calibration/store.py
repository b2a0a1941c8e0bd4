"""Calibration files: where they are, saving them atomically, and which one fits a model."""

import dataclasses
import json
import logging
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
from estimators.calibration.guarantee import repair
from estimators.calibration.record import Calibration, misfit
from estimators.types import Provenance
from files.atomic import write_text
from files.data_folder import data_folder
from prompts import load as load_prompt

SCHEMA = "credence.calibration/1"
NONE = "none"  # the name that stands for no calibration
_CHOICES = "in-use.txt"
_NAME = re.compile(r"[^\W_][\w .+()-]{0,58}[\w+)]|[^\W_]")
_log = logging.getLogger(__name__)


class BadCalibration(CredenceError):
    """A calibration is missing or broken, or cannot be saved under this name."""


@dataclass(frozen=True, slots=True)
class Saved:
    """A saved calibration and where it is."""

    calibration: Calibration
    path: Path | None  # None: part of Credence
    misfit: str = ""  # why it does not fit the model; empty if it does

    @property
    def name(self) -> str:
        """The name of the calibration."""
        return self.calibration.name

    @property
    def shipped(self) -> bool:
        """Whether it is part of Credence."""
        return self.path is None


def calibration_folder() -> Path:
    """The folder of a person's own calibrations: ``calibration`` in $CREDENCE_DATA, or in ./credence-data."""
    return data_folder() / "calibration"


def checked_name(name: str) -> str:
    """The name, if it can be a file name; raises BadCalibration otherwise.

    >>> checked_name(" Physics 250 ")
    'Physics 250'
    """
    name = " ".join(name.split())
    if name.lower() == NONE or not _NAME.fullmatch(name) or ".." in name:
        raise BadCalibration(
            f"{name!r} cannot be the name of a calibration: use 1 to 60 letters, digits, spaces and . _ + - ( ), "
            "starting with a letter or digit."
        )
    return name


def to_json(calibration: Calibration) -> str:
    """The calibration as readable JSON with its schema name."""
    plain = {"schema": SCHEMA, **_adapter().dump_python(calibration, mode="json")}
    return json.dumps(plain, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def from_json(text: str, source: str = "this text") -> Calibration:
    """Read the output of ``to_json`` and check every invariant again; raises BadCalibration with what is wrong."""
    try:
        row = json.loads(text)
    except ValueError as error:
        raise BadCalibration(f"{source} is not a calibration: it is not JSON ({error}).") from None
    schema = row.get("schema") if isinstance(row, dict) else None
    if schema != SCHEMA:
        raise BadCalibration(f"{source} has schema {schema!r}; this version of Credence reads {SCHEMA!r}.")
    row.setdefault("readings", 1)  # missing from files of the first versions
    try:
        fields = {name: value for name, value in row.items() if name != "schema"}
        calibration = _adapter().validate_python(fields)
        return calibration if "no_guarantee" in row else repair(calibration)  # from an older version
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
    """Save a calibration in the person's folder, under ``name`` if given.

    The write is atomic. Raises BadCalibration if the name is taken and ``replace`` is False, or if the disk cannot
    be written.
    """
    calibration = dataclasses.replace(calibration, name=checked_name(name or calibration.name))
    folder = calibration_folder()
    path = folder / f"{calibration.name}.json"
    if path.exists() and not replace:
        raise BadCalibration(
            f"There is already a calibration named {calibration.name}: replace it, or choose another name."
        )
    return write_durably(path, to_json(calibration))


def write_durably(path: Path, text: str) -> Path:
    """Write a text atomically; raises BadCalibration if that fails."""
    try:
        write_text(path, text)
    except OSError as error:
        raise BadCalibration(
            f"{path} cannot be written ({error.strerror}): free some space, or set CREDENCE_DATA to another folder."
        ) from error
    return path


def list_calibrations(model: BaseChatModel | None = None) -> tuple[Saved, ...]:
    """All readable calibrations, the person's own first, then by name; with ``model``, each says whether it fits."""
    every = [*_own(), *_shipped()]
    if model is None:
        return tuple(every)
    return tuple(dataclasses.replace(saved, misfit=_misfit(saved.calibration, model)) for saved in every)


def load(name: str) -> Calibration:
    """The calibration of that name, the person's own before a shipped one; raises BadCalibration if there is none."""
    path = calibration_folder() / f"{checked_name(name)}.json"
    if path.is_file():
        return from_json(_text(path), str(path))
    every = list_calibrations()
    calibration = next((saved.calibration for saved in every if saved.name == name), None)
    if calibration is None:
        names = ", ".join(saved.name for saved in every) or "none"
        raise BadCalibration(f"There is no calibration named {name}. Available: {names}.")
    return calibration


def rename(name: str, new: str) -> Path:
    """Rename one of the person's calibrations; raises BadCalibration if it does not exist or the name is taken."""
    path = _own_path(name)
    renamed = save(from_json(_text(path), str(path)), new)
    path.unlink(missing_ok=True)
    if chosen_calibration() == name:
        choose_calibration(checked_name(new))
    return renamed


def delete(name: str) -> None:
    """Delete one of the person's calibrations; raises BadCalibration if it does not exist or is part of Credence."""
    _own_path(name).unlink()
    if chosen_calibration() == name:
        choose_calibration(None)


def _own_path(name: str) -> Path:
    path = calibration_folder() / f"{checked_name(name)}.json"
    if not path.is_file():
        if any(saved.name == name for saved in _shipped()):
            raise BadCalibration(f"The calibration {name} is part of Credence and cannot be changed.")
        raise BadCalibration(f"There is no calibration named {name}.")
    return path


def choose_calibration(name: str | None) -> None:
    """Remember which calibration to use: a name, "none" for none, or None for the latest one that fits."""
    path = calibration_folder() / _CHOICES
    if name is None:
        path.unlink(missing_ok=True)
    else:
        write_durably(path, name + "\n")


def chosen_calibration() -> str | None:
    """The chosen name, "none", or None."""
    try:
        return (calibration_folder() / _CHOICES).read_text(encoding="utf-8").strip() or None
    except (OSError, UnicodeDecodeError):
        return None


def _misfit(calibration: Calibration, model: BaseChatModel) -> str:
    hashes = {}
    for name in calibration.prompts:
        try:
            hashes[name] = load_prompt(name).sha256
        except FileNotFoundError:
            return f"the prompt {name} that it was measured with no longer exists; calibrate again"
    described = identity(model)
    source = Provenance(described["model"], described["engine"], described["model_sha256"], hashes)
    return misfit(calibration, source)


def _own() -> Iterator[Saved]:
    try:
        paths = sorted(path for path in calibration_folder().iterdir() if path.suffix == ".json")
        stamps = [(path, path.stat().st_mtime_ns) for path in paths]
    except OSError:
        return  # nothing saved here yet
    for path, stamp in stamps:
        calibration = _read(path, stamp)
        if calibration is not None:  # the file's name counts: a person may have copied the file
            yield Saved(dataclasses.replace(calibration, name=path.stem), path)


def _shipped() -> Iterator[Saved]:
    folder = files(__package__) / "shipped"
    if not folder.is_dir():
        return
    for file in sorted(folder.iterdir(), key=lambda file: file.name):
        if file.name.endswith(".json") and (calibration := _read(Path(str(file)))) is not None:
            yield Saved(calibration, None)


@lru_cache(maxsize=64)
def _read(file: Path, stamp: int = 0) -> Calibration | None:
    """The file as of its modification time ``stamp`` (ns); None, with a warning, if it is broken."""
    try:
        return from_json(_text(file), str(file))
    except BadCalibration as error:
        _log.warning("the calibration %s is skipped: %s", file, error)
        return None


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadCalibration(f"{path} cannot be read ({type(error).__name__}): check the file.") from None

"""The model that a person chose in the page: the next start opens it again."""

import logging
from pathlib import Path

from files.atomic import write_text
from files.data_folder import data_folder

_log = logging.getLogger(__name__)


def remembered() -> str:
    """The spec of the model that was chosen last; empty if none was."""
    try:
        return _file().read_text(encoding="utf-8").strip()
    except (OSError, ValueError):
        return ""


def remember(spec: str) -> None:
    """Keep the spec of a chosen model; where nothing can be written, the next start opens the usual one."""
    try:
        write_text(_file(), f"{spec}\n")
    except OSError as error:
        _log.warning("the choice of the model cannot be kept: %s", error)


def _file() -> Path:
    return data_folder() / "model.txt"

"""Where a person's own files are kept."""

import os
from pathlib import Path


def data_folder() -> Path:
    """The folder $CREDENCE_DATA, or ./credence-data."""
    return Path(os.environ.get("CREDENCE_DATA") or "credence-data").expanduser()

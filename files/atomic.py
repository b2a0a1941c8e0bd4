"""Atomic writes: even if the process dies, a reader sees the old text or the new one, never a part."""

import os
import tempfile
from pathlib import Path


def write_text(path: Path, text: str) -> None:
    """Replace a file's text atomically: write and sync a draft in the same folder, rename it, sync the folder.

    Creates missing folders. Raises OSError, and then leaves no draft behind.
    """
    draft = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(
            "w", encoding="utf-8", dir=path.parent, prefix=".draft-", suffix=".tmp", delete=False
        ) as file:
            draft = Path(file.name)
            draft.chmod(0o644)  # temporary files are readable by their owner only
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError:
        if draft is not None:
            draft.unlink(missing_ok=True)
        raise

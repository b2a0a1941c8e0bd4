"""Files that are whole whenever a process dies: whoever reads sees the old text or the new one, never a part."""

import os
import tempfile
from pathlib import Path


def write_whole(path: Path, text: str) -> None:
    """Put a text in a file's place: a draft beside it is written, synced, renamed, and the folder synced.

    Folders on the way are made. Raises OSError, and then leaves nothing behind.
    """
    draft = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(
            "w", encoding="utf-8", dir=path.parent, prefix=".draft-", suffix=".tmp", delete=False
        ) as file:
            draft = Path(file.name)
            draft.chmod(0o644)  # a temporary file is for its owner only
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
        place = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(place)
        finally:
            os.close(place)
    except OSError:
        if draft is not None:
            draft.unlink(missing_ok=True)
        raise

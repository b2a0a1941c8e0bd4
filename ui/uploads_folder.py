"""The folder where Gradio puts uploaded files: ours alone, emptied, and never large."""

import atexit
import os
import shutil
import tempfile
import time
from pathlib import Path

from gradio.utils import get_upload_folder
from starlette.types import ASGIApp, Receive, Scope, Send

from service.faults import Fault
from service.guards.refusals import reply_of

KEPT = 3600  # seconds that an uploaded file stays; what is used of it is copied at once
MOST = 500_000_000  # bytes of all uploaded files
SETTING = "GRADIO_TEMP_DIR"


def own_folder() -> None:
    """Give this process a folder of its own for uploads, unless the environment names one; it is deleted at the end."""
    if not os.environ.get(SETTING):
        os.environ[SETTING] = folder = tempfile.mkdtemp(prefix="credence-uploads-")
        atexit.register(shutil.rmtree, folder, ignore_errors=True)


class SmallFolder:
    """Refuses an upload while the folder is full, and deletes what an interrupted upload or an old one left there."""

    def __init__(self, app: ASGIApp, most: int = MOST) -> None:
        self._app, self._most = app, most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].rstrip("/").endswith("/gradio_api/upload"):
            folder = Path(get_upload_folder())
            if tidied(folder, time.time() - KEPT) > self._most:
                fault = Fault("Too many files were uploaded lately. Try again in an hour.", 503, code="full")
                await reply_of(fault)(scope, receive, send)
                return
        await self._app(scope, receive, send)


def tidied(folder: Path, since: float) -> int:
    """Delete the files that were last changed before ``since``; returns the bytes of all others."""
    size = 0
    for file in folder.rglob("*"):
        try:
            facts = file.stat()
            if not file.is_file():
                continue
            if facts.st_mtime < since:
                file.unlink()
            else:
                size += facts.st_size
        except OSError:  # another request deleted it
            continue
    return size

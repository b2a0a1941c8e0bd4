"""Starting and ending the child process of the embedded engine."""

import contextlib
import subprocess
import sys
from pathlib import Path

CHILD = Path(__file__).with_name("child.py")


def spawn() -> subprocess.Popen[str]:
    """Start a child, which waits for its settings on standard input. Raises OSError."""
    # -P keeps our own folder out of the child's imports; a new session shields the child from Ctrl-C.
    return subprocess.Popen(
        [sys.executable, "-P", str(CHILD)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
        start_new_session=True,  # ignored on Windows, which has groups of processes instead
        creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
    )


def end(process: subprocess.Popen[str]) -> None:
    """Stop a child, by force if it does not stop by itself."""
    process.terminate()
    try:
        process.wait(3)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def close_pipes(process: subprocess.Popen[str]) -> None:
    """Close what is left of a child that has exited."""
    for pipe in (process.stdin, process.stdout, process.stderr):
        if pipe is not None:
            with contextlib.suppress(OSError):  # settings not yet sent to a child that died at once
                pipe.close()

"""Training errors, explained in sentences."""

import contextlib
import errno
from collections.abc import Iterator
from pathlib import Path

from chains.engines.transformers.decoder import out_of_memory
from chains.errors import CredenceError

RESUME = "Everything so far is kept in {out}: the same command resumes from the last checkpoint."


class TrainingStopped(CredenceError):
    """Training cannot start or continue; the text says why, what is kept and what to do."""


@contextlib.contextmanager
def explained(out: Path, then: str = RESUME) -> Iterator[None]:
    """Turn a full memory or disk into a sentence; ``then`` says what is kept and how to resume."""
    try:
        yield
    except CredenceError:
        raise
    except Exception as error:
        if cause := _cause(error):
            raise TrainingStopped(f"{cause} {then.format(out=out)}") from error
        raise


def _cause(error: BaseException) -> str:
    if out_of_memory(error):
        return (
            "The model ran out of memory. Use a smaller --batch (--accumulate keeps the step size), "
            "--dtype bfloat16, or a smaller model."
        )
    full = isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)
    if full or "No space left" in str(error) or "PytorchStreamWriter failed writing" in str(error):
        return "The disk is full. Free some space, or use another --out."
    return ""

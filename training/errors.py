"""What can go wrong while a model is trained, as sentences for a person."""

import contextlib
import errno
from collections.abc import Iterator
from pathlib import Path

from chains.engines.transformers.decoder import out_of_memory
from chains.errors import CredenceError

GO_ON = "What was done is kept in {out}: the same command goes on from the last checkpoint."


class TrainingStopped(CredenceError):
    """Training cannot begin or go on; the text says why, what is kept and what to do."""


@contextlib.contextmanager
def explained(out: Path, then: str = GO_ON) -> Iterator[None]:
    """Turns a full memory or disk into a sentence; ``then`` says what is left and how to go on."""
    try:
        yield
    except CredenceError:
        raise
    except Exception as error:
        if said := _cause(error):
            raise TrainingStopped(f"{said} {then.format(out=out)}") from error
        raise


def _cause(error: BaseException) -> str:
    if out_of_memory(error):
        return (
            "The memory is full. Give a smaller --batch (the learning stays comparable with --accumulate), "
            "--dtype bfloat16, or a smaller model."
        )
    full = isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)
    if full or "No space left" in str(error) or "PytorchStreamWriter failed writing" in str(error):
        return "The disk is full. Free some space, or choose another --out."
    return ""

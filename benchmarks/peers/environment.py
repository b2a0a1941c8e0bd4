"""An environment of its own for a package whose requirements are not ours."""

import os
import subprocess
import sys
import venv
from collections.abc import Sequence
from pathlib import Path

from chains.errors import CredenceError

_COMPLETE = "complete"


def environment(folder: Path, requirements: Sequence[str]) -> Path:
    """The Python of the environment in this folder, which is made and filled if it is not complete yet.

    Raises CredenceError if pip cannot install the requirements.
    """
    python, stamp = folder / "bin" / "python", folder / _COMPLETE
    wanted = "\n".join(requirements)
    if stamp.is_file() and stamp.read_text(encoding="utf-8") == wanted:
        return python
    print(f"Installing {requirements[0]} into {folder}, once; this takes some minutes.", file=sys.stderr)
    try:
        venv.create(folder, with_pip=True, clear=True, symlinks=os.name != "nt")
    except (OSError, subprocess.CalledProcessError) as error:
        raise CredenceError(f"No environment could be made in {folder}: {error}.") from error
    command = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *requirements]
    if subprocess.run(command).returncode:
        raise CredenceError(
            f"pip could not install {requirements[0]}. Its message is above; the rest runs without it."
        )
    stamp.write_text(wanted, encoding="utf-8")
    return python

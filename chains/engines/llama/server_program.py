"""A llama-server on this machine: where it is, what it can do, and why it cannot be used."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from chains.model_files import cache_folder

WHEEL = "wheel"  # in place of a path: always the llama.cpp of the Python package
NEEDED = (
    "--api-key-file",
    "--cache-ram",
    "--cors-origins",
    "--kv-unified",
    "--list-devices",
    "--slot-prompt-similarity",
)
_NO_DEVICES = ("BLAS", "ACCEL", "CPU")  # listed by some builds, but they are no graphics cards
_LONGEST = 30.0  # seconds for one look at a program; the first start of CUDA takes some


class Unusable(Exception):
    """A llama-server that cannot be used; the text says why, as the end of a sentence."""


@dataclass(frozen=True, slots=True)
class ServerProgram:
    """A llama-server that can be used."""

    path: Path
    origin: str  # how it was found, as the end of "llama-server …"
    version: str  # "b10472"
    options: frozenset[str]  # the names of its options: "--port"
    devices: tuple[str, ...] = ()  # graphics cards: "CUDA0"

    @property
    def description(self) -> str:
        """The engine in one line, for records and for Details."""
        with_devices = f", {' + '.join(self.devices)}" if self.devices else ""
        return f"llama.cpp {self.version}, llama-server {self.origin}{with_devices}"


def native_server() -> Path:
    """Where ``make native`` puts the llama-server that it builds."""
    return cache_folder() / "native" / "llama-server"


def wheel_description() -> str:
    """The llama.cpp of the Python package, in one line."""
    try:
        return f"llama.cpp, xllamacpp {version('xllamacpp')} wheel"
    except PackageNotFoundError:
        return "llama.cpp"


def usable_server(server: str | None = None) -> ServerProgram | None:
    """The llama-server to run; None for the Python package's llama.cpp.

    The first of these is taken: ``server`` (a path, or "wheel"), LLAMA_SERVER, the result of ``make native``, PATH.
    If it cannot be used, a line on stderr says why.
    """
    try:
        place = located(server, os.environ, native_server())
        return examined(*place) if place else None
    except Unusable as unusable:
        announce(str(unusable))
        return None


def announce(reason: str) -> None:
    """Say in one line on stderr that the Python package's llama.cpp is used, and why."""
    print(f"{reason}. Using {wheel_description()} instead.", file=sys.stderr, flush=True)


def located(server: str | None, environment: Mapping[str, str], native: Path) -> tuple[Path, str] | None:
    """The path of the llama-server and how it was found; None if there is none or none is wanted. Raises Unusable."""
    named = server or environment.get("LLAMA_SERVER", "").strip()
    if named == WHEEL:
        return None
    if named:
        origin = "by path" if server else "from LLAMA_SERVER"
        return _executable(Path(named).expanduser(), "the server" if server else "LLAMA_SERVER"), origin
    if native.exists():
        return _executable(native, "make native"), "from make native"
    on_path = shutil.which("llama-server", path=environment.get("PATH", ""))
    return (Path(on_path), "from PATH") if on_path else None


def _executable(path: Path, what: str) -> Path:
    if not path.is_file():
        problem = "is a folder" if path.is_dir() else "does not exist"
        raise Unusable(f"{what} names {path}, which {problem}")
    if not os.access(path, os.X_OK):
        raise Unusable(f"{what} names {path}, which is not executable (chmod +x makes it so)")
    return path.absolute()


def examined(path: Path, origin: str) -> ServerProgram:
    """Ask a llama-server for its options, version and devices. Raises Unusable if it is too old or does not run."""
    options = frozenset(re.findall(r"(?<![\w-])--[a-z][\w-]*", _said(path, "--help")))
    missing = [name for name in NEEDED if name not in options]
    if missing:
        reason = f"is too old or not a llama-server (it has no {missing[0]})"
        raise Unusable(f"{path} {reason}: llama.cpp from 2026 or later is needed")
    devices = parsed_devices(_said(path, "--list-devices"))
    return ServerProgram(path, origin, parsed_version(_said(path, "--version")), options, devices)


def parsed_version(said: str) -> str:
    """The version from the output of ``--version``.

    >>> parsed_version("version: 6123 (abc1234)"), parsed_version("version: 0.1.1-dev (build 10472, commit abc1234)")
    ('b6123', 'b10472')
    >>> parsed_version("version: 0.1.1-dev (build 0, commit unknown)"), parsed_version("")
    ('0.1.1-dev', 'of unknown version')
    """
    build = re.search(r"build (\d+)", said) or re.search(r"version: (\d+) ", said)
    if build and int(build[1]):
        return f"b{build[1]}"
    release = re.search(r"version: (\S+\.\S+)", said)
    return release[1] if release else "of unknown version"


def parsed_devices(said: str) -> tuple[str, ...]:
    """The graphics cards from the output of ``--list-devices``.

    >>> parsed_devices("Available devices:\\n  CUDA0: NVIDIA L4 (22563 MiB, 22150 MiB free)\\n  BLAS: OpenBLAS (0 MiB)")
    ('CUDA0',)
    >>> parsed_devices("Available devices:\\n  (none)")
    ()
    """
    names = re.findall(r"^\s+([A-Za-z]\w*): ", said.partition("Available devices:")[2], re.MULTILINE)
    return tuple(name for name in names if not name.startswith(_NO_DEVICES))


def clean_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment without a person's own settings for llama-server, which could open it to others."""
    kept = {name: value for name, value in environment.items() if not name.startswith("LLAMA_A")}
    return kept | {"XDG_CONFIG_HOME": os.devnull}  # no llama.cpp/config.ini


def _said(path: Path, question: str) -> str:
    """What the program prints. Raises Unusable if it cannot be run."""
    try:
        result = subprocess.run(
            [str(path), question], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            text=True, errors="replace", timeout=_LONGEST, env=clean_environment(os.environ),
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise Unusable(f"{path} did not answer {question} within {_LONGEST:.0f} seconds") from None
    except OSError as error:  # such as a program for another processor
        raise Unusable(f"{path} does not start ({error.strerror})") from error
    if result.returncode:
        lines = result.stdout.strip().splitlines() or [f"status {result.returncode}"]
        raise Unusable(f"{path} does not start ({lines[-1].strip()[:200]})")
    return result.stdout

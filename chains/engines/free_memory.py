"""The free memory of the machine, as each system tells it."""

import ctypes
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

MEMINFO = Path("/proc/meminfo")
# Pages that macOS gives up when memory is needed.
_GIVEN_UP = ("free", "inactive", "speculative", "purgeable")


def free_memory() -> int | None:
    """Bytes that programs can still get, on Linux, macOS and Windows; None if unknown."""
    if (kilobytes := number_in(MEMINFO, "MemAvailable:")) is not None:
        return kilobytes * 1024
    if sys.platform == "darwin":
        return _of_macos()
    return _of_windows(getattr(ctypes, "windll", None))


def in_vm_stat(text: str) -> int | None:
    """The bytes that programs can still get, from the output of ``vm_stat``; None if it has another form.

    >>> in_vm_stat("Statistics: (page size of 16384 bytes)\\nPages free: 10.\\nPages inactive: 5.\\n")
    245760
    """
    size = re.search(r"page size of (\d+) bytes", text)
    pages = dict(re.findall(r"^Pages ([\w ]+): +(\d+)\.$", text, re.MULTILINE))
    if size is None or "free" not in pages:
        return None
    return int(size[1]) * sum(int(pages.get(kind, 0)) for kind in _GIVEN_UP)


def number_in(file: Path, name: str) -> int | None:
    """The number behind a name in a file of names and numbers; None if there is no such file or name."""
    try:
        lines = file.read_text(encoding="ascii").splitlines()
    except OSError:
        return None
    return next((int(line.split()[1]) for line in lines if line.split()[:1] == [name]), None)


def _of_macos() -> int | None:
    try:
        told = subprocess.run(["/usr/bin/vm_stat"], capture_output=True, text=True, timeout=5)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return in_vm_stat(told.stdout)


class _Status(ctypes.Structure):
    """MEMORYSTATUSEX of Windows."""

    _fields_ = (
        ("length", ctypes.c_uint32),
        ("load", ctypes.c_uint32),
        *(
            (name, ctypes.c_uint64)
            for name in ("total", "free", "total_page", "free_page", "total_virtual", "free_virtual")
        ),
        ("free_extended", ctypes.c_uint64),
    )


def _of_windows(windll: Any) -> int | None:
    if windll is None:
        return None
    status = _Status(length=ctypes.sizeof(_Status))
    return int(status.free) if windll.kernel32.GlobalMemoryStatusEx(ctypes.byref(status)) else None

"""Whether a model fits into free memory."""

from pathlib import Path

from chains.errors import ModelUnavailable

_GROUP = Path("/sys/fs/cgroup")  # limits of the container, if any


def available_memory() -> int | None:
    """Bytes that this process may still use, within its container; None if unknown."""
    free = _number(Path("/proc/meminfo"), "MemAvailable:")
    if free is None:
        return None
    try:
        limit, used = (int((_GROUP / name).read_text()) for name in ("memory.max", "memory.current"))
    except (OSError, ValueError):  # no container, or no limit ("max")
        return free * 1024
    return min(free * 1024, limit - used + (_number(_GROUP / "memory.stat", "inactive_file") or 0))


def check_memory(path: Path, needed: int) -> None:
    """Raise ModelUnavailable if a model would not fit into memory."""
    free = available_memory()
    if free is not None and needed > free:
        raise ModelUnavailable(
            f"{path.name} needs about {needed / 1e9:.1f} GB of memory, but only {free / 1e9:.1f} GB are free. "
            "Free some memory, use a smaller n_ctx, or open a smaller model."
        )


def _number(file: Path, name: str) -> int | None:
    try:
        lines = file.read_text(encoding="ascii").splitlines()
    except OSError:
        return None
    return next((int(line.split()[1]) for line in lines if line.split()[:1] == [name]), None)

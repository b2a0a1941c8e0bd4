"""Whether a model fits into the memory that is free."""

from pathlib import Path

from chains.errors import ModelUnavailable

_GROUP = Path("/sys/fs/cgroup")  # of the container, if there is one


def available_memory() -> int | None:
    """Bytes that this process may still take, within its container; None where that is unknown."""
    free = _number(Path("/proc/meminfo"), "MemAvailable:")
    if free is None:
        return None
    try:
        limit, used = (int((_GROUP / name).read_text()) for name in ("memory.max", "memory.current"))
    except (OSError, ValueError):  # no such group, or no limit ("max")
        return free * 1024
    return min(free * 1024, limit - used + (_number(_GROUP / "memory.stat", "inactive_file") or 0))


def check_memory(path: Path, needed: int) -> None:
    """Refuse to open a model that would fill the memory; raises ModelUnavailable."""
    free = available_memory()
    if free is not None and needed > free:
        raise ModelUnavailable(
            f"{path.name} needs about {needed / 1e9:.1f} GB of memory and {free / 1e9:.1f} GB are free: "
            "free some memory, give a smaller n_ctx, or open a smaller model."
        )


def _number(file: Path, name: str) -> int | None:
    try:
        lines = file.read_text(encoding="ascii").splitlines()
    except OSError:
        return None
    return next((int(line.split()[1]) for line in lines if line.split()[:1] == [name]), None)

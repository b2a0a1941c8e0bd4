"""Whether a model fits into free memory."""

from collections.abc import Iterator
from pathlib import Path

from chains.engines.free_memory import free_memory, number_in
from chains.errors import NotEnoughMemory

_GROUPS = Path("/sys/fs/cgroup")  # limits of the container or of the service, if any
_OWN_GROUPS = Path("/proc/self/cgroup")


def available_memory() -> int | None:
    """Bytes that this process may still use, within its container; None if unknown."""
    free = free_memory()
    return None if free is None else max(0, min([free, *_left_in_groups()]))


def _left_in_groups() -> Iterator[int]:
    """What each limit that applies to this process leaves, in bytes, for both versions of control groups."""
    for folder in _folders(_GROUPS, ""):  # version 2
        yield from _left(folder, "memory.max", "memory.current", "")
    for folder in _folders(_GROUPS / "memory", "memory"):  # version 1
        yield from _left(folder, "memory.limit_in_bytes", "memory.usage_in_bytes", "total_")


def _folders(root: Path, controller: str) -> list[Path]:
    """The folder of this process's group and of all that contain it; in a container, its root is the group."""
    try:
        lines = _OWN_GROUPS.read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    groups = [line.split(":", 2) for line in lines if line.count(":") >= 2]
    own = next((path for _, names, path in groups if controller in names.split(",")), "/")
    folder = root / own.lstrip("/")
    inside = [place for place in (folder, *folder.parents) if place.is_relative_to(root)]
    return inside if ".." not in folder.parts else [root]


def _left(folder: Path, limit: str, used: str, prefix: str) -> Iterator[int]:
    try:
        most, now = (int((folder / name).read_text(encoding="ascii")) for name in (limit, used))
    except (OSError, ValueError):  # no such group, or no limit ("max")
        return
    # Pages of files, such as those of a model that was open before, are given up when memory is needed.
    files = (
        number_in(folder / "memory.stat", f"{prefix}{kind}_file") or 0 for kind in ("active", "inactive")
    )
    yield most - now + sum(files)


def check_memory(path: Path, needed: int) -> None:
    """Raise NotEnoughMemory if a model would not fit into memory."""
    free = available_memory()
    if free is not None and needed > free:
        raise NotEnoughMemory(
            f"{path.name} needs about {needed / 1e9:.1f} GB of memory, but only {free / 1e9:.1f} GB is free. "
            "Free some memory, use a smaller n_ctx, or open a smaller model."
        )

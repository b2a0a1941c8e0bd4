"""The processors that this process may use."""

import os
from pathlib import Path

_TOPOLOGY = "/sys/devices/system/cpu/cpu{}/topology/thread_siblings_list"


def usable_processors() -> int:
    """The number of processors, as the system counts them."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def physical_cores(topology: str = _TOPOLOGY) -> int:
    """The number of physical cores; two threads of one core count once."""
    if not hasattr(os, "sched_getaffinity"):
        return usable_processors()
    siblings = set()
    for processor in os.sched_getaffinity(0):
        try:
            siblings.add(Path(topology.format(processor)).read_text(encoding="ascii").strip())
        except OSError:
            siblings.add(str(processor))
    return len(siblings)

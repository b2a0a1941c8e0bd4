"""When to restart an engine that died, and what people see until then. Pure functions, no processes."""

import math
import signal
from dataclasses import dataclass
from pathlib import Path

from chains.engines.llama.gguf_header import damaged
from chains.errors import EnginePaused

KILL = getattr(signal, "SIGKILL", 9)  # Windows does not name it
EARLY = 10.0  # seconds; a run that lasts at least this long counts as a success
AT_ONCE = 4  # consecutive early deaths after which restarts are delayed
LONGEST = 60.0  # longest pause, seconds
_NEXT = {
    "memory": "Free some memory, use a smaller n_ctx, or open a smaller model",
    "file": "Put the file back, or open another model",
    "other": "If it happens again, open another model",
}


@dataclass(frozen=True, slots=True)
class Death:
    """Why an engine died, in a sentence, and what a person can do about it."""

    reason: str
    advice: str


@dataclass(frozen=True, slots=True)
class Pause:
    """The engine stays stopped until this time (seconds, on the engine's clock)."""

    death: Death
    until: float

    def error(self, now: float) -> EnginePaused:
        """The error for a message during the pause.

        >>> print(Pause(Death("The engine crashed (signal 11).", "Open another model"), 20.0).error(17.5))
        The engine crashed (signal 11). Try again in 3 seconds to restart it. Open another model.
        """
        seconds = max(0, math.ceil(self.until - now))
        when = f"in {seconds} second{'s' * (seconds != 1)}" if seconds else "now"
        retry = f"Try again {when} to restart it."
        return EnginePaused(f"{self.death.reason} {retry} {self.death.advice}.", self.death.reason, seconds)


def pause_after(early_deaths: int) -> float:
    """Pause in seconds after so many consecutive early deaths; 0: restart at once.

    >>> [pause_after(count) for count in (1, 3, 4, 5, 6, 9, 10, 99)]
    [0.0, 0.0, 1.0, 2.0, 4.0, 32.0, 60.0, 60.0]
    """
    return 0.0 if early_deaths < AT_ONCE else min(LONGEST, 2.0 ** min(early_deaths - AT_ONCE, 10))


def cause_of_death(code: int, log: str, model: Path, *, loaded: bool) -> Death:
    """Find the cause in a child's exit status (negative: a signal) and log; ``loaded``: it had served before.

    >>> cause_of_death(-9, "", Path(__file__), loaded=True).reason
    'The engine was killed (signal 9), probably because memory ran out.'
    """
    if not model.exists():
        return Death(f"The engine stopped, and its model file {model} is gone.", _NEXT["file"])
    ending = _ending(code)
    if code == -KILL or "failed to allocate" in log or "out of memory" in log:
        return Death(f"The engine {ending}, probably because memory ran out.", _NEXT["memory"])
    if "answers without its key" in log:
        return Death("The server answers without its key.", "Install another llama-server")
    if "No module named 'xllamacpp'" in log:
        return Death("GGUF models need llama.cpp.", "Install it with: pip install xllamacpp")
    if "unknown model architecture" in log:
        return Death(f"llama.cpp does not know the architecture of {model.name}.", "Open another model")
    if "corrupted" in log or "failed to load model" in log or "failed to read" in log:
        return Death(damaged(model), _NEXT["other"])
    when = "" if loaded else f" while loading {model.name}"
    return Death(f"The engine {ending}{when}.", _NEXT["other"] if loaded else "Try another model file")


def _ending(code: int) -> str:
    """How a child ended, according to its exit status."""
    if code >= 0:
        return f"stopped (status {code})"
    return f"{'was killed' if code in (-KILL, -signal.SIGTERM) else 'crashed'} (signal {-code})"

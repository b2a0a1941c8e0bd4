"""The GPU of a ZeroGPU Space, which is lent for one call at a time; elsewhere an engine is asked as it is.

On such a Space, what is decorated with ``spaces.GPU`` runs in a process that is forked from this one and has the GPU. A
model cannot be sent there: the function finds the engine by its number, and what the engine remembers there is lost.
"""

import importlib
import importlib.util
from collections.abc import Callable, Generator, Iterable
from functools import cache
from typing import Any
from weakref import WeakValueDictionary

from chains.engines.transformers.decoder import Engine
from chains.engines.transformers.drawing import Sampling

LEAST, MOST = 20, 120  # seconds that a call asks the GPU for
TOKENS_A_SECOND = 20  # at the least
_engines: "WeakValueDictionary[int, Engine]" = WeakValueDictionary()


def on_gpu(function: Callable[..., Iterable[Any]], engine: Engine, *asked: Any) -> Generator[Any, None, None]:
    """What ``function(engine, *asked)`` yields, run where there is a GPU for it; closing stops it at once."""
    lent = _lent()
    if lent is None:
        yield from function(engine, *asked)
        return
    _engines[id(engine)] = engine
    yield from lent(id(engine), function, *asked)


def seconds(number: int, function: Any, *asked: Any) -> int:
    """How long a call may take; visitors with little time left are served first if they ask for little.

    >>> [seconds(0, Engine.decode, [], Sampling(max_tokens=n)) for n in (1, 1000, 100_000)]
    [20, 70, 120]
    >>> seconds(0, Engine.decode, [[1], [2]], [Sampling(max_tokens=500), Sampling(max_tokens=500)])
    70
    """
    parts = (part for given in asked for part in (given if isinstance(given, list) else (given,)))
    tokens = sum(part.max_tokens for part in parts if isinstance(part, Sampling))
    return min(MOST, LEAST + tokens // TOKENS_A_SECOND)


@cache
def _lent() -> Callable[..., Any] | None:
    """The decorated function; None without the package that lends GPUs."""
    if importlib.util.find_spec("spaces") is None:
        return None
    spaces: Any = importlib.import_module("spaces")
    decorated: Callable[..., Any] = spaces.GPU(duration=seconds)(_run)
    return decorated


def _run(number: int, function: Callable[..., Iterable[Any]], *asked: Any) -> Generator[Any, None, None]:
    yield from function(_engines[number], *asked)


def announce() -> None:
    """Decorate before torch is imported, as the package asks; without it, nothing happens."""
    _lent()

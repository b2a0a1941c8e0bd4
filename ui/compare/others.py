"""The models of a comparison besides the one in use; each has a slot of its own."""

import os
import re
import threading
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from urllib.parse import urlsplit

from chains.models.found import FoundModel
from chains.models.names import name_of
from chains.models.slot import ModelSlot

VARIABLE = "CREDENCE_COMPARE"  # the models that a shared page offers, divided by commas


def offered() -> tuple[str, ...]:
    """The models that visitors of a shared page may compare with the one in use; none unless the deployment says so."""
    return tuple(filter(None, map(str.strip, os.environ.get(VARIABLE, "").split(","))))


def named(specs: Iterable[str]) -> tuple[FoundModel, ...]:
    """Models as a list of specs names them."""
    return tuple(FoundModel(spec, name_of(spec), "elsewhere") for spec in specs)


def runs_here(spec: str) -> bool:
    """Whether a model takes processors of this machine, as far as its spec tells.

    >>> [runs_here(spec) for spec in ("tiny", "http://127.0.0.1:8080/v1", "https://example.org/v1", "openai:gpt-4.1")]
    [True, True, False, False]
    """
    if spec.lower().startswith(("http://", "https://")):
        return urlsplit(spec).hostname in ("localhost", "127.0.0.1", "::1")
    return not re.fullmatch(r"[a-z][a-z0-9_]*:[^/\\].*", spec)


class OtherModels:
    """Opens the models of a comparison, and closes those that the next one does not need."""

    def __init__(self, slot: ModelSlot) -> None:
        self._first = slot
        self._slots: dict[str, ModelSlot] = {}
        self._users: Counter[str] = Counter()
        self._lock = threading.Lock()

    @property
    def open(self) -> tuple[str, ...]:
        """The names of the models that stay open, besides the one in use."""
        with self._lock:
            return tuple(name_of(spec) for spec, slot in self._slots.items() if slot.state.ready)

    def slot(self, spec: str) -> ModelSlot:
        """The slot of a model that is in use by a comparison; that of the chat for an empty spec."""
        with self._lock:
            if not spec or spec == self._first.state.spec:
                return self._first
            return self._slots.setdefault(
                spec, self._first.another()
            )  # new if the chat changed its model meanwhile

    @contextmanager
    def using(self, specs: Sequence[str]) -> Iterator[None]:
        """Keep the slots of these models open while the block runs; those that nobody uses are closed first.

        A model is opened when it is asked for the first time, or again if that failed before.
        """
        wanted = sorted({spec for spec in specs if spec and spec != self._first.state.spec})
        with self._lock:
            self._users.update(wanted)
            kept = offered()  # the visitors of a shared page would close them for each other
            unused = self._take(spec for spec in self._slots if not self._users[spec] and spec not in kept)
            for spec in wanted:
                self._slots.setdefault(spec, self._first.another())
        _close(unused)
        try:
            yield
        finally:
            with self._lock:
                self._users.subtract(wanted)

    def opened(self, spec: str) -> ModelSlot:
        """The slot of a model, which begins to open it unless it holds it already."""
        slot = self.slot(spec)
        if slot is not self._first and not slot.state.ready and not slot.state.loading:
            slot.open(spec)
        return slot

    def close(self) -> None:
        """Close all that nobody uses, which frees their memory."""
        with self._lock:
            unused = self._take(spec for spec in self._slots if not self._users[spec])
        _close(unused)

    def _take(self, specs: Iterable[str]) -> list[ModelSlot]:
        return [self._slots.pop(spec) for spec in list(specs)]


def _close(slots: Iterable[ModelSlot]) -> None:
    for slot in slots:
        slot.close()

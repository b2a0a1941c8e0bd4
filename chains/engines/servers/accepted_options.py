"""Which parameters a server accepts: lowered or left out after a rejection, and remembered for that server."""

import copy
import re
import threading
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass, field
from typing import Any

from chains.engines.servers.refusals import LIMITS, LOGPROBS, NESTED, REMOVABLE, Refusal, flat, read_refusal

TRIES = 16  # most requests for one reply; each sends less than the one before
_FEWER = (8, 5, 1)  # numbers of alternatives per token that some servers allow
_POSITIVE = re.compile(r"positive|greater than 0|> ?0|non-?zero", re.IGNORECASE)
_ALMOST_GREEDY = 0.01


@dataclass(slots=True)
class Accepted:
    """The parameters that a server accepts, as far as its rejections have shown."""

    caps: dict[str, float] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)  # name → "", or "unless 1" for a temperature
    renamed: dict[str, str] = field(default_factory=dict)
    floors: dict[str, float] = field(default_factory=dict)

    def apply(self, options: MutableMapping[str, Any]) -> None:
        """Change options in place to what the server accepts."""
        for group in (options, *(options[key] for key in NESTED if options.get(key))):
            for old, new in self.renamed.items():
                if old in group:
                    group[new] = group.pop(old)
            for name, cap in self.caps.items():
                if isinstance(group.get(name), int | float):
                    group[name] = min(group[name], type(group[name])(cap))
            for name, floor in self.floors.items():
                if isinstance(group.get(name), int | float):
                    group[name] = max(group[name], floor)
            for name, unless in self.left_out.items():
                if name in group and not (unless and group[name] == 1):
                    del group[name]
        for key in NESTED:
            if key in options and not options[key]:
                del options[key]

    def learn_from(self, error: Any, sent: Mapping[str, Any]) -> bool:
        """Learn from a server's error to send less; False if the error is about something else."""
        refusal = read_refusal(error, sent)
        return refusal is not None and self.learn(refusal, sent)

    def learn(self, refusal: Refusal, sent: Mapping[str, Any]) -> bool:
        """Lower or leave out a rejected parameter; False if nothing more can be done."""
        values = flat(sent)
        name, value = refusal.name, values.get(refusal.name)
        if name == "logprobs" and "top_logprobs" in values and refusal.limit:
            name, value = "top_logprobs", values["top_logprobs"]
        if name not in REMOVABLE or value is None:
            return False
        if name == "top_logprobs":
            fewer = [step for step in (refusal.limit or 0, *_FEWER) if 1 <= step < value]
            self._cap(name, fewer[0] if fewer else None)
        elif name in LIMITS and refusal.limit and refusal.limit < value:
            self._cap(name, refusal.limit)
        elif name in LIMITS[:2] and name not in self.renamed.values():
            self.renamed[name] = LIMITS[1 - LIMITS.index(name)]
        elif name == "top_k" and value == 0:
            self.caps["top_k"] = -1
        elif name == "temperature":
            self._lower_temperature(value, refusal)
        else:
            self.left_out[name] = ""
        if name in ("logprobs", "response_logprobs"):
            self.left_out.update(dict.fromkeys(LOGPROBS, ""))
        return True

    def _cap(self, name: str, limit: float | None) -> None:
        if limit is None:
            self.left_out[name] = ""
        else:
            self.caps[name] = limit

    def _lower_temperature(self, value: float, refusal: Refusal) -> None:
        if value == 0 and _POSITIVE.search(refusal.text) and "temperature" not in self.floors:
            self.floors["temperature"] = _ALMOST_GREEDY
        elif refusal.limit is not None and 1 <= refusal.limit < value:
            self.caps["temperature"] = refusal.limit
        else:
            self.left_out["temperature"] = "unless 1" if value != 1 else ""

    def sentences(self) -> list[str]:
        """What the server does not accept, as text for people.

        >>> Accepted({"top_logprobs": 5}, {"seed": ""}).sentences()
        ['top_logprobs at most 5', 'seed left out']
        """
        sentences = []
        for name, cap in self.caps.items():
            if name not in self.left_out:
                sentences.append(f"{name} at most {cap:g}" if cap > 0 else f"{name} is sent as {cap:g}")
        for name, floor in self.floors.items():
            if name not in self.left_out:
                sentences.append(f"{name} at least {floor:g}")
        for name, unless in self.left_out.items():
            # Without "logprobs" the other two cannot be sent either, so they are not listed.
            if "logprobs" not in self.left_out or name not in LOGPROBS[1:]:
                sentences.append(f"{name} left out, {unless}" if unless else f"{name} left out")
        return sentences


_accepted: dict[tuple[str, str], Accepted] = {}
_lock = threading.Lock()


def accepted(server: tuple[str, str]) -> Accepted:
    """A copy of what a server (an address and a model) is known to accept."""
    with _lock:
        return copy.deepcopy(_accepted.get(server, Accepted()))


def remember(server: tuple[str, str], limits: Accepted) -> None:
    """Remember, for as long as the process runs, what a successful request has shown."""
    with _lock:
        if limits != Accepted():
            _accepted[server] = copy.deepcopy(limits)


def forget() -> None:
    """Forget everything about every server."""
    with _lock:
        _accepted.clear()

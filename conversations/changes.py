"""The changes of a conversation, and the conversation that they lead to."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

Kind = Literal["turn", "draft", "order", "settings"]


@dataclass(frozen=True, slots=True)
class Change:
    """One change: a turn as it is now, the turns that are shown, or the settings of the conversation.

    A "turn" has the keys ``turn`` (its own) and ``family`` (that of the first of its versions) and anything else; the last
    one with a key counts. A "draft" is a turn whose answer is still being written; it counts until a later "turn". An
    "order" has ``turns``, the key of the version shown for each turn, oldest first, and ``later``: for each version that is
    not shown, the turns that follow it. "settings" replace the earlier ones. ``key`` names the change, so that it is stored
    once however often it is sent.
    """

    key: str
    kind: Kind
    payload: Mapping[str, Any]
    words: str = ""  # what a search finds


@dataclass(frozen=True, slots=True)
class KeptTurn:
    """The version of a turn that is shown, all of its versions, oldest first, and by key what follows those not shown."""

    shown: Mapping[str, Any]
    branches: tuple[Mapping[str, Any], ...]
    later: Mapping[str, tuple["KeptTurn", ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class KeptConversation:
    """A conversation as its changes left it."""

    turns: tuple[KeptTurn, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)


def replay(changes: Iterable[Change]) -> KeptConversation:
    """The conversation after these changes, oldest first; a shown turn that was never kept is left out.

    >>> said = [Change(k, "turn", {"turn": k, "family": "a", "question": k}) for k in ("a", "b")]
    >>> [turn.shown["question"] for turn in replay([*said, Change("o", "order", {"turns": ["b"]})]).turns]
    ['b']
    """
    records: dict[str, Mapping[str, Any]] = {}
    drafts: dict[str, Mapping[str, Any]] = {}
    order: Mapping[str, Any] = {"turns": (), "later": {}}
    settings: Mapping[str, Any] = {}
    for change in changes:
        if change.kind == "turn":
            records[change.payload["turn"]] = change.payload
            drafts.pop(change.payload["turn"], None)
        elif change.kind == "draft":
            drafts[change.payload["turn"]] = change.payload
        elif change.kind == "order":
            order = change.payload
        else:
            settings = change.payload
    records |= drafts
    families: dict[str, list[Mapping[str, Any]]] = {}
    for record in records.values():
        families.setdefault(record["family"], []).append(record)
    later: Mapping[str, Sequence[str]] = order.get("later") or {}

    def turns(keys: Iterable[str]) -> tuple[KeptTurn, ...]:
        return tuple(turn(key) for key in keys if key in records)

    def turn(key: str) -> KeptTurn:
        family = families[records[key]["family"]]
        if (
            "later" not in order
        ):  # of an earlier version, where all versions of a turn had the same later turns
            key = next((record["turn"] for record in family if record.get("followed")), key)
        follow = {record["turn"]: turns(later.get(record["turn"], ())) for record in family}
        return KeptTurn(records[key], tuple(family), {name: rest for name, rest in follow.items() if rest})

    return KeptConversation(turns(order["turns"]), settings)

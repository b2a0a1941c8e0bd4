"""The changes of a conversation, and the conversation that they lead to."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

Kind = Literal["turn", "draft", "order", "settings"]


@dataclass(frozen=True, slots=True)
class Change:
    """One change: a turn as it is now, the turns that are shown, or the settings of the conversation.

    A "turn" has the keys ``turn`` (its own) and ``family`` (that of the first of its branches) and anything else; the last
    one with a key counts. A "draft" is a turn whose answer is still being written; it counts until there is a "turn". An
    "order" has ``turns``: the key of the branch shown for each turn, oldest first. ``key`` names the change, so that it is
    stored once however often it is sent.
    """

    key: str
    kind: Kind
    payload: Mapping[str, Any]
    words: str = ""  # what a search finds


@dataclass(frozen=True, slots=True)
class KeptConversation:
    """A conversation as its changes left it."""

    turns: tuple["KeptTurn", ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class KeptTurn:
    """The branch of a turn that is shown, and all of its branches, oldest first."""

    shown: Mapping[str, Any]
    branches: tuple[Mapping[str, Any], ...]


def replay(changes: Iterable[Change]) -> KeptConversation:
    """The conversation after these changes, oldest first; a shown turn that was never kept is left out.

    >>> said = [Change(k, "turn", {"turn": k, "family": "a", "question": k}) for k in ("a", "b")]
    >>> [turn.shown["question"] for turn in replay([*said, Change("o", "order", {"turns": ["b"]})]).turns]
    ['b']
    """
    records: dict[str, Mapping[str, Any]] = {}
    drafts: dict[str, Mapping[str, Any]] = {}
    shown: Sequence[str] = ()
    settings: Mapping[str, Any] = {}
    for change in changes:
        if change.kind == "turn":
            records[change.payload["turn"]] = change.payload
        elif change.kind == "draft":
            drafts[change.payload["turn"]] = change.payload
        elif change.kind == "order":
            shown = change.payload["turns"]
        else:
            settings = change.payload
    records = {**records, **{key: record for key, record in drafts.items() if key not in records}}
    families: dict[str, list[Mapping[str, Any]]] = {}
    for record in records.values():
        families.setdefault(record["family"], []).append(record)
    turns = (
        KeptTurn(records[key], tuple(families[records[key]["family"]])) for key in shown if key in records
    )
    return KeptConversation(tuple(turns), settings)

"""What a page remembers about how its conversation is kept."""

from dataclasses import dataclass, field
from typing import Any

from conversations.changes import Change


@dataclass(slots=True)
class Kept:
    """Which conversation this is, what of it is stored, and what still has to be."""

    id: str = ""  # empty before the first question
    title: str = ""
    rows: int = 0  # changes stored, as far as this page knows; more were made in another tab
    turns: dict[str, Any] = field(default_factory=dict)  # by key: what was noted of a turn
    order: tuple[str, ...] = ()  # keys of the turns shown, as noted
    pending: list[Change] = field(default_factory=list)
    drafted: str = ""  # key of the turn of which a draft is stored
    next_draft: float = 0.0  # seconds, monotonic
    gone: bool = False  # deleted in another tab
    notice: str = ""  # why it is not stored; empty if it is
    search: str = ""

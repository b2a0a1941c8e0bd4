"""What a person can save of a conversation, as files that the page offers."""

import json
import time
from typing import Any

from ui.conversation import Conversation
from ui.labels import label_lines


def conversation_file(conversation: Conversation) -> dict[str, Any] | None:
    """The whole conversation with all its evidence; None where nothing was asked."""
    if not conversation.entries:
        return None
    text = json.dumps(conversation.to_dict(), ensure_ascii=False, indent=1)
    return _file("credence-conversation.json", text, "application/json")


def labels_file(conversation: Conversation) -> dict[str, Any] | None:
    """The person's labels, one JSON object a line; None where there are none."""
    text = label_lines(conversation.entries)
    return _file("credence-labels.jsonl", text, "application/x-ndjson") if text else None


def _file(name: str, text: str, kind: str) -> dict[str, Any]:
    return {"name": name, "text": text, "type": kind, "n": time.time()}  # n: the same file can be saved again

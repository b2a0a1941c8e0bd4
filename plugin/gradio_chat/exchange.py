"""The last question and answer in the history of a Gradio chat."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from estimators.types import Message, Question


@dataclass(frozen=True, slots=True)
class Exchange:
    """A question with the turns before it, and the text that answers it."""

    question: Question
    answer: str

    @property
    def key(self) -> str:
        """Tells this exchange from every other one in the same chat."""
        return repr((self.question, self.answer))


def last_exchange(history: Sequence[Mapping[str, Any]] | None) -> Exchange | None:
    """The last question with its answer; None if there is no answer yet, or if it has no text.

    Several messages in a row are one; the thoughts of an agent (messages with a title) do not count.
    """
    turns: list[Message] = []
    for message in history or ():
        role, text = message.get("role"), message_text(message.get("content"))
        if role not in ("system", "user", "assistant") or not text or _is_thought(message):
            continue
        if turns and turns[-1].role == role:
            text = f"{turns.pop().content}\n\n{text}"
        turns.append(Message(role, text))
    if len(turns) < 2 or turns[-1].role != "assistant" or turns[-2].role != "user":
        return None
    return Exchange(Question(turns[-2].content, tuple(turns[:-2])), turns[-1].content)


def _is_thought(message: Mapping[str, Any]) -> bool:
    return bool((message.get("metadata") or {}).get("title"))


def message_text(content: Any) -> str:
    """The text of a message's content, which may be a text, a part or a list of parts; other parts count as nothing.

    >>> message_text([{"type": "text", "text": "Hi "}, {"path": "a.png"}, "there"])
    'Hi there'
    """
    if isinstance(content, str):
        return content
    if isinstance(content, Mapping):
        return str(content["text"]) if isinstance(content.get("text"), str) else ""
    if isinstance(content, Sequence):
        return "".join(map(message_text, content))
    return ""


def same_words(text: str) -> str:
    """A text without its white space: Gradio changes that of messages.

    >>> same_words(" It  is\\nso. ")
    'It is so.'
    """
    return " ".join(text.split())

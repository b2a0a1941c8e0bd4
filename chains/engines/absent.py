"""A chat model that cannot be asked: for answers of a model that is out of reach, whose name is known at best."""

from collections.abc import Mapping
from typing import Any

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import BaseMessage
from langchain_core.outputs import ChatResult

from chains.errors import ModelUnavailable


class AbsentModel(BaseChatModel):
    """Refuses every call; ``reason`` says why, as the reason of signals that would need a call."""

    reason: str

    @property
    def _llm_type(self) -> str:
        return "absent"

    def get_num_tokens_from_messages(self, messages: list[BaseMessage], tools: Any = None, **_: Any) -> int:
        """The number of words; it has no tokenizer."""
        return sum(len(str(message.text).split()) for message in messages)

    def _generate(self, messages: list[BaseMessage], *_: Any, **options: Any) -> ChatResult:
        raise ModelUnavailable(self.reason)


def absent_model(described: Mapping[str, Any], reason: str) -> AbsentModel:
    """A model that cannot be asked, for this reason; ``described`` as in ``chains.identity``."""
    return AbsentModel(reason=reason, metadata={"credence": dict(described)})


def unknown_model(name: str, reason: str) -> AbsentModel:
    """A model that cannot be asked, of which only a name is known."""
    return absent_model({"model": name, "engine": "", "model_sha256": None}, reason)

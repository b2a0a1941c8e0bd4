"""``with_panel``: the confidence panel and the token tints under somebody's own chat."""

import logging
from collections.abc import Iterator
from contextlib import ExitStack
from importlib.resources import files
from typing import Any, TypeVar
from uuid import uuid4

import gradio as gr
from gradio.context import Context
from langchain_core.language_models import BaseChatModel

from chains.errors import CredenceError
from chains.settings import Settings
from estimators.types import Assessment
from plugin.gradio_chat.capture import ReplyStore
from plugin.gradio_chat.exchange import last_exchange
from plugin.gradio_chat.scoring import assess_exchange, scored_by, shown_name
from plugin.web import answer_script
from ui.parts import assessment_html, confidence_panel

Chat = TypeVar("Chat", gr.ChatInterface, gr.Chatbot)
Kept = dict[str, dict[str, object]]  # assessments by the key of their exchange
MOST = 100  # assessments that a page keeps
AT_ONCE = 2  # answers scored at the same time
FAILED = "This answer could not be scored. The log says why."
TOO_LATE = "call with_panel while the gr.Blocks around the chat is being built"
TOO_EARLY = "this gr.ChatInterface was built outside gr.Blocks; call with_panel before you enter one"
_log = logging.getLogger(__name__)


def with_panel(
    chat: Chat,
    *,
    score_with: str | BaseChatModel | None = None,
    model: BaseChatModel | None = None,
    settings: Settings | None = None,
    **changes: Any,
) -> Chat:
    """Put the confidence panel and the token tints of the last answer under a chat, and return the chat.

    Parameters
    ----------
    chat : a ``gr.ChatInterface``, or a ``gr.Chatbot`` while its ``gr.Blocks`` is being built
    score_with : a model, or its name such as "builtin" or "tiny", that scores answers which come without token
        probabilities; None: what depends on them is missing, with the reason
    model : the LangChain model that the chat calls, so that it can be asked about its answers
    settings, changes : how answers are assessed, as for ``with_confidence``

    If a ``gr.ChatInterface`` calls a LangChain model, the log-probabilities or the assessment of its reply are used.
    """
    fields = {**(settings or Settings()).model_dump(exclude_unset=True), **changes}
    plugin = _Plugin(score_with, model, Settings.model_validate(fields))
    if isinstance(chat, gr.ChatInterface):
        chat.fn = plugin.replies.listening(chat.fn)
        plugin.add_below(chat.chatbot, chat)
    elif isinstance(chat, gr.Chatbot):
        plugin.add_below(chat)
    else:
        raise TypeError(f"with_panel takes a gr.ChatInterface or a gr.Chatbot, not a {type(chat).__name__}")
    return chat


class _Plugin:
    """The parts under one chat, and what they do."""

    def __init__(
        self, score_with: str | BaseChatModel | None, model: BaseChatModel | None, settings: Settings
    ) -> None:
        self.score_with, self.model, self.settings = score_with, model, settings
        self.replies = ReplyStore()

    def add_below(self, chatbot: gr.Chatbot, blocks: gr.Blocks | None = None) -> None:
        """Create the parts below a chatbot, in its own column, and wire them."""
        with ExitStack() as inside:
            if blocks is not None and blocks.parent is None:  # it is the page itself
                if Context.root_block is not None:
                    raise ValueError(TOO_EARLY)
                inside.enter_context(blocks)
            if Context.root_block is None:
                raise ValueError(TOO_LATE)
            if blocks is not None and (column := chatbot.parent) is not None:
                inside.callback(setattr, column, "parent", column.parent)
                inside.enter_context(column)
            self._create(chatbot)

    def _create(self, chatbot: gr.Chatbot) -> None:
        name = f"credence-{uuid4().hex}"
        chatbot.elem_classes = [*(chatbot.elem_classes or ()), name]  # so that the script finds it
        with gr.Column(elem_classes=["credence-plugin"]):
            self.tokens = gr.HTML(
                _says(""),
                html_template='<p class="credence-status"></p><credence-answer panel="off" hidden></credence-answer>',
                js_on_load=_script(name),
                css_template=".credence-status { color: var(--cr-soft); font-size: 13px; margin: 0 0 6px; }",
                apply_default_css=False,
                elem_classes=["credence"],
            )
            self.panel = confidence_panel()
        self.no_panel = self.panel.value
        kept = gr.State({})
        quiet: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
        chatbot.change(
            None, None, None, js=f"() => {{ document.dispatchEvent(new Event('{name}')) }}", **quiet
        )
        self.tokens.settled(
            self._score,
            [chatbot, kept],
            [self.tokens, self.panel, kept],
            concurrency_limit=AT_ONCE,
            trigger_mode="always_last",
            **quiet,
        )

    def _score(
        self, history: list[dict[str, Any]], kept: Kept, request: gr.Request
    ) -> Iterator[tuple[Any, ...]]:
        """Show the assessment of the last answer once it is complete; one that is known is not made again."""
        exchange = last_exchange(history)
        if exchange is None:
            yield _says(""), self.no_panel, gr.skip()
            return
        if (known := kept.get(exchange.key)) is not None:
            yield *self._shown(Assessment.from_dict(known)), gr.skip()
            return
        by = f" by {shown_name(self.score_with)}" if self.score_with is not None else ""
        yield _says(f"Scoring this answer{by} …"), "", gr.skip()
        captured = self.replies.take(request.session_hash or "", exchange.answer)
        try:
            assessment = assess_exchange(
                exchange, captured, model=self.model, score_with=self.score_with, settings=self.settings
            )
        except CredenceError as error:
            yield _says(str(error)), "", gr.skip()
            return
        except Exception:  # a provider's own class of error; their chat must not fail because of ours
            _log.exception("an answer could not be scored")
            yield _says(FAILED), "", gr.skip()
            return
        newest = [*kept.items(), (exchange.key, assessment.to_dict())]
        yield *self._shown(assessment), dict(newest[-MOST:])

    def _shown(self, assessment: Assessment) -> tuple[dict[str, Any], str]:
        status = scored_by(assessment, self.score_with)
        return {**_says(status), "record": assessment.to_dict()}, assessment_html(assessment)


def _says(status: str) -> dict[str, Any]:
    """The value of the tokens without an answer, and a line instead."""
    return {"record": None, "status": status}


def _script(name: str) -> str:
    """The script of the tokens: it draws them, and reports when the chat with this class has come to rest."""
    own = (files(__package__) / "tokens.js").read_text(encoding="utf-8")
    component = answer_script().replace("export class", "class", 1)
    return f"const CHAT = {name!r};\n{component}\n{own}"

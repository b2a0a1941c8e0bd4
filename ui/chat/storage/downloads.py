"""Downloads of a conversation and of its labels."""

import json
import time
from typing import Any

import gradio as gr

from ui.chat.conversation import Conversation
from ui.chat.labels import label_lines
from ui.chat.storage.exports import as_data, as_markdown, as_page
from ui.parts import asset

NO_CONVERSATION = "Nothing to export yet: ask a question first."
NO_LABELS = "No labels yet: use “Was this right?” below an answer first."


class Downloads:
    """The two download buttons and the hidden component that saves the file."""

    def __init__(self) -> None:
        with gr.Row():
            self._conversation = gr.Button(
                "Export conversation", size="sm", variant="secondary", min_width=130
            )
            self._markdown = gr.Button("Export as Markdown", size="sm", variant="secondary", min_width=130)
            self._page = gr.Button("Export as a page", size="sm", variant="secondary", min_width=130)
            self._labels = gr.Button("Download labels", size="sm", variant="secondary", min_width=130)
        self._saved = gr.HTML("", html_template="<i></i>", js_on_load=asset("download.js"), visible="hidden")

    def wire(self, conversation: gr.State, **event: Any) -> None:
        """Connect the buttons to this conversation."""
        self._conversation.click(_export, [conversation], [self._saved], **event)
        self._markdown.click(_export_markdown, [conversation], [self._saved], **event)
        self._page.click(_export_page, [conversation], [self._saved], **event)
        self._labels.click(_export_labels, [conversation], [self._saved], **event)


def _export(conversation: Conversation) -> Any:
    return _offer(conversation_file(conversation), NO_CONVERSATION)


def _export_markdown(conversation: Conversation) -> Any:
    file = _file("credence-conversation.md", as_markdown(conversation), "text/markdown")
    return _offer(file if conversation.entries else None, NO_CONVERSATION)


def _export_page(conversation: Conversation) -> Any:
    file = _file("credence-conversation.html", as_page(conversation), "text/html")
    return _offer(file if conversation.entries else None, NO_CONVERSATION)


def _export_labels(conversation: Conversation) -> Any:
    return _offer(labels_file(conversation), NO_LABELS)


def _offer(file: dict[str, Any] | None, empty: str) -> Any:
    """The file for the page to save; if there is none, a toast says why."""
    if file is None:
        gr.Info(empty)
        return gr.skip()
    return file


def conversation_file(conversation: Conversation) -> dict[str, Any] | None:
    """The conversation with all its evidence; None if nothing was asked."""
    if not conversation.entries:
        return None
    text = json.dumps(as_data(conversation), ensure_ascii=False, indent=1)
    return _file("credence-conversation.json", text, "application/json")


def labels_file(conversation: Conversation) -> dict[str, Any] | None:
    """The person's labels as JSON lines; None if there are none."""
    text = label_lines(conversation.entries)
    return _file("credence-labels.jsonl", text, "application/x-ndjson") if text else None


def _file(name: str, text: str, kind: str) -> dict[str, Any]:
    return {"name": name, "text": text, "type": kind, "n": time.time()}  # n: the same file can be saved again

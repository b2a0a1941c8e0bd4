"""Models of Hugging Face's Inference Providers, which a visitor who signs in on a Space asks with an account of their own.

Whose account pays is decided by the token that comes with each request of a visitor; it is kept nowhere.
"""

import os
from collections.abc import Callable, Mapping, Sequence
from importlib.util import find_spec
from typing import Any

import gradio as gr
from langchain_core.language_models import BaseChatModel
from pydantic import SecretStr

from chains.engines.absent import absent_model
from chains.models.slot import ModelSlot
from ui.chat.conversation import Conversation
from ui.chat.events import QUICK, Update, Updates

VARIABLE = "CREDENCE_HOSTED"  # the models that are offered, divided by commas
USUAL = ("meta-llama/Llama-3.1-8B-Instruct", "Qwen/Qwen2.5-7B-Instruct", "meta-llama/Llama-3.3-70B-Instruct")
PLACE = "CREDENCE_HOSTED_AT"
ROUTER = "https://router.huggingface.co/v1"
_SIGN_IN = ("SPACE_ID", "OAUTH_CLIENT_ID", "OAUTH_CLIENT_SECRET", "OAUTH_SCOPES", "OPENID_PROVIDER_URL")
_NEEDED = ("authlib", "itsdangerous")  # by Gradio, where visitors sign in
SIGN_IN_NOTE = "to ask larger models with your own account."
CREDITS_NOTE = "Models of Inference Providers use your own credits."
SIGNED_OUT = "You are not signed in any more. Sign in again, or choose the model of this page."


def hosted_models(environment: Mapping[str, str] = os.environ) -> tuple[str, ...]:
    """The models that visitors may ask with their own account; none where nobody can sign in, or without the extra "space".

    >>> hosted_models({"CREDENCE_HOSTED": "org/name"})
    ()
    >>> hosted_models({**dict.fromkeys(_SIGN_IN, "x"), "CREDENCE_HOSTED": "org/name, org/other"})
    ('org/name', 'org/other')
    """
    if not all(environment.get(name) for name in _SIGN_IN) or not all(map(find_spec, _NEEDED)):
        return ()
    named = tuple(filter(None, map(str.strip, environment.get(VARIABLE, "").split(","))))
    return named or USUAL


def stand_in(name: str) -> BaseChatModel:
    """A model of this name that cannot be asked, to say what is known of it."""
    return absent_model({"model": name, "engine": "openai", "model_sha256": None}, SIGNED_OUT)


def hosted_slot(name: str, token: str | None) -> ModelSlot:
    """A slot for one turn, with a model that is asked with this token; without one it refuses."""
    if token is None:
        return ModelSlot.of(stand_in(name))
    slot = ModelSlot(lambda _: _opened(name, token))
    slot.open(name)
    return slot


def _opened(name: str, token: str) -> BaseChatModel:
    from chains.engines.servers.openai_server import open_server

    return open_server(f"{os.environ.get(PLACE) or ROUTER}#{name}", key=SecretStr(token))


class HostedMenu:
    """The button that signs in, and the choice of a model for those who have; without ``models`` there is neither."""

    def __init__(self, models: Sequence[str]) -> None:
        self.models = tuple(models)
        if not self.models:
            return
        with gr.Row(elem_classes=["cr-hosted"]):
            self.button = gr.LoginButton(
                "Sign in with Hugging Face",
                "Sign out ({})",
                size="sm",
                scale=0,
                min_width=220,
                variant="secondary",
            )
            self.note = gr.HTML(
                "to ask larger models with your own account.",
                apply_default_css=False,
                elem_classes=["cr-hosted-note"],
            )
            self.choice = gr.Dropdown(
                [("the model of this page", ""), *((name, name) for name in self.models)],
                value="",
                label="Answers come from",
                container=False,
                elem_classes=["cr-hosted-choice"],
                visible=False,
                min_width=200,
            )

    def wire(
        self, chosen: Callable[[Conversation], Update], conversation: gr.State, shown: list[Any]
    ) -> None:
        """Show the choice to those who are signed in. ``chosen`` shows a conversation after its model has changed."""
        if not self.models:
            return

        def opened(profile: gr.OAuthProfile | None) -> tuple[Any, Any]:
            return SIGN_IN_NOTE if profile is None else CREDITS_NOTE, gr.update(visible=profile is not None)

        def choose(name: str | None, now: Conversation, profile: gr.OAuthProfile | None) -> Update:
            now.hosted = name if profile is not None and name in self.models else ""
            return chosen(now)

        gr.on(None, opened, None, [self.note, self.choice], **QUICK)  # when a page opens
        self.choice.input(choose, [self.choice, conversation], shown, **QUICK)

    def sending(self, send: Callable[..., Updates]) -> Callable[..., Updates]:
        """The handler of a message; where visitors may sign in, it answers with their token."""

        def sent(
            text: str, files: Any, now: Conversation, token: gr.OAuthToken | None, *controls: Any
        ) -> Updates:
            yield from send(text, files, now, *controls, slot=_slot_of(now, token))

        return sent if self.models else send

    def rerunning(self, rerun: Callable[..., Updates]) -> Callable[..., Updates]:
        """The handler of what a person asks for at an earlier turn, likewise."""

        def rerunning(
            now: Conversation, event: gr.EventData, token: gr.OAuthToken | None, *controls: Any
        ) -> Updates:
            yield from rerun(now, event, *controls, slot=_slot_of(now, token))

        return rerunning if self.models else rerun


def _slot_of(conversation: Conversation, token: gr.OAuthToken | None) -> ModelSlot | None:
    """The slot of the model that the visitor chose; None for that of the page."""
    return hosted_slot(conversation.hosted, token.token if token else None) if conversation.hosted else None

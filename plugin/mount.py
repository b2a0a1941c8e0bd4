"""``mount``: the chat page under a path of somebody's FastAPI or Starlette app."""

from typing import TYPE_CHECKING, Any, TypeVar, cast

import gradio as gr
from langchain_core.language_models import BaseChatModel

from app import PAGE, build
from chains.engines.open import open_chat_model
from ui.theme import theme

if TYPE_CHECKING:
    from starlette.applications import Starlette

App = TypeVar("App", bound="Starlette")


def mount(
    app: App,
    path: str,
    model: str | BaseChatModel,
    *,
    conversations: str | None = None,
    shared: bool = True,
    **options: Any,
) -> App:
    """Serve the chat around a model under a path of an app, and return the app.

    Parameters
    ----------
    path : begins with a slash, such as "/chat"; the endpoint for programs is below it
    model : a model, or its name as for ``open_chat_model``
    conversations : URL of the database that keeps the conversations of everybody who opens the page; None keeps them in
        each visitor's own browser, or nowhere if the page is not shared
    shared : the page has many visitors, and none of them may change what the others see
    options : further options of ``gradio.mount_gradio_app``, such as ``auth_dependency`` or ``root_path``

    Behind a proxy that strips a prefix, set that prefix as the ``root_path`` of the app or here. Raises ModelUnavailable
    if the model cannot be opened, and ValueError for a path that is not below the app.
    """
    if not path.startswith("/") or path.rstrip("/") == "":
        raise ValueError(f"path: {path!r} must begin with a slash and name something, such as “/chat”")
    opened = open_chat_model(model) if isinstance(model, str) else model
    page = build(opened, shared=shared and conversations is None, conversations=conversations)
    fixed: dict[str, Any] = {"theme": theme(), "head": PAGE, "run_history": False, "footer_links": []}
    gr.mount_gradio_app(cast(Any, app), page, path.rstrip("/"), **{**fixed, **options})
    return app

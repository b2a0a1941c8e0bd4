"""``mount``: the chat page and the API under a path of somebody's FastAPI or Starlette app."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar, cast
from urllib.parse import quote

import gradio as gr
from langchain_core.language_models import BaseChatModel

from app import build
from chains.engines.open import open_chat_model
from service.app import PREFIX, service_app
from service.guards.public import public
from ui.serving import mount_options, prepare

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
    api: bool = True,
    root_path: str = "",
    **options: Any,
) -> App:
    """Serve the chat around a model, and the API, under a path of an app, and return the app.

    Parameters
    ----------
    path : begins with a slash, such as "/chat"; the API is below it, such as "/chat/v1"
    model : a model, or its name as for ``open_chat_model``
    conversations : URL of the database that keeps the conversations. A shared page keeps those of each person apart, so it
        needs to know who they are (``auth_dependency``). None: they stay in each visitor's own browser, or nowhere if the
        page is not shared
    api : whether the API is served; if CREDENCE_SERVICE_KEY is set, clients must send that key
    shared : the page has many visitors, and none of them may change what the others see; otherwise everybody who opens it
        sees and changes the same things
    root_path : a prefix that a proxy in front of the app strips, such as "/team"; not needed if the server knows it
        (``uvicorn --root-path``)
    options : further options of ``gradio.mount_gradio_app``, such as ``auth_dependency``

    Raises ModelUnavailable if the model cannot be opened, and ValueError for a path that is not below the app, or if a
    shared page gets a database and cannot tell its visitors apart.
    """
    if not path.startswith("/") or path.rstrip("/") == "":
        raise ValueError(f"path: {path!r} must begin with a slash and name something, such as “/chat”")
    signed_in = bool(options.get("auth_dependency") or options.get("auth"))
    if shared and conversations and not signed_in:
        raise ValueError(
            "conversations: a shared page keeps each person's conversations apart, and nothing says who they are. Pass "
            "auth_dependency, or shared=False for a page on which everybody sees and changes the same conversations."
        )
    opened = open_chat_model(model) if isinstance(model, str) else model
    page = build(opened, shared=shared, conversations=conversations, signed_in=signed_in)
    prepare(page)
    how = replace(public(""), shared=shared)
    below = path.rstrip("/")
    if api:  # before the page, whose path begins the same
        app.mount(f"{below}{PREFIX}", service_app(opened, key=how.key))
    gr.mount_gradio_app(cast(Any, app), page, below, **{**mount_options(how), **options})
    route = cast(Any, app.router.routes[-1])  # which Gradio has just added
    route.app = _FullPaths(route.app, below, root_path.rstrip("/"))
    return app


class _FullPaths:
    """Gives an app the full path of each request, as ASGI says, also where a proxy has stripped a prefix.

    Without it Gradio finds none of its own paths, since the path does not begin with the ``root_path``.
    """

    def __init__(self, app: Any, below: str, prefix: str) -> None:
        self._app, self._below, self._prefix = app, below, prefix

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] in ("http", "websocket"):
            root, path = scope["root_path"], scope["path"]
            if not root.startswith(self._prefix):
                root = f"{self._prefix}{root}"
            if not path.startswith(root):
                path = f"{root.removesuffix(self._below)}{path}"
            scope = {**scope, "root_path": root, "path": path, "raw_path": quote(path).encode()}
        await self._app(scope, receive, send)

"""All services of one model as routes: they are served alone, or beside the page in the same process."""

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from langchain_core.language_models import BaseChatModel
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import ASGIApp

from chains.models.slot import ModelSlot
from chains.settings import Settings
from service import limits
from service.app import PREFIX, service_app
from service.guards.key import NeedsKey
from service.guards.size import LimitedBody

Lifespan = Callable[[Any], AbstractAsyncContextManager[Any]]
MCP = "/mcp"


@dataclass(frozen=True, slots=True)
class Services:
    """Routes for an app, and what must run as long as the app runs."""

    routes: tuple[BaseRoute, ...]
    lifespan: Lifespan

    def app(self, guards: Sequence[Middleware] = ()) -> Starlette:
        """The services as an app of their own, behind these guards."""
        return Starlette(routes=self.routes, lifespan=self.lifespan, middleware=guards)


def serves_mcp() -> bool:
    """Whether version 2 of the SDK of the MCP tools is installed; a Space has version 1."""
    try:
        return int(version("mcp").partition(".")[0]) >= 2
    except PackageNotFoundError:
        return False


def services(
    model: BaseChatModel | ModelSlot,
    settings: Settings | None = None,
    *,
    key: str | None = None,
    host: str = "127.0.0.1",
) -> Services:
    """The HTTP API and the proxy below ``PREFIX``, and the MCP tools at ``MCP`` if their package is installed.

    Parameters
    ----------
    key : what clients must send as ``Authorization: Bearer …``; None: nothing
    host : the address that the server listens on; the MCP tools answer only to requests that name a local one
    """
    slot = ModelSlot.of(model)
    api = Mount(PREFIX, service_app(slot, settings, key=key))
    if not serves_mcp():
        return Services((api,), lambda _: nullcontext())
    from service.mcp_tools.server import mcp_server

    tools = mcp_server(slot, settings).streamable_http_app(streamable_http_path=MCP, host=host)
    guarded: ASGIApp = LimitedBody(tools, limits.BODY)
    guarded = NeedsKey(guarded, key) if key else guarded
    return Services((api, Route(MCP, guarded)), tools.router.lifespan_context)

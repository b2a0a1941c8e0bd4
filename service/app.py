"""The service of one model as an ASGI app: Credence's API, the OpenAI-compatible proxy, and their description."""

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, JSONResponse
from langchain_core.language_models import BaseChatModel
from starlette.exceptions import HTTPException

from chains.models.slot import ModelSlot
from chains.settings import Settings
from service import limits
from service.credence_api import credence_routes
from service.guards.key import NeedsKey
from service.guards.refusals import http_fault, reply_of
from service.guards.size import LimitedBody
from service.openai_proxy.routes import openai_routes
from service.reference import reference_page

PREFIX = "/v1"
ABOUT = """How sure is a language model of an answer? `/v1/credence/…` are Credence's own endpoints.
`/v1/chat/completions` speaks OpenAI's protocol and adds the field `credence` to each reply. Every error has the same
shape, and its `message` is a sentence."""


def service_app(
    model: BaseChatModel | ModelSlot, settings: Settings | None = None, *, key: str | None = None
) -> FastAPI:
    """The service of a model, or of a slot, to be served alone or mounted into another app below ``PREFIX``.

    Parameters
    ----------
    settings : how questions are asked where a request does not say otherwise
    key : what a client must send as ``Authorization: Bearer …``; None: nothing
    """
    # without paths: FastAPI's own pages load scripts from another host
    app = FastAPI(
        title="Credence", version="1", description=ABOUT, openapi_url=None, docs_url=None, redoc_url=None
    )
    settings, slot = settings or Settings(), ModelSlot.of(model)
    app.include_router(credence_routes(slot, settings))
    app.include_router(openai_routes(slot, settings))
    app.add_api_route("/openapi.json", lambda: JSONResponse(described(app)), include_in_schema=False)

    def page(request: Request) -> HTMLResponse:
        address = str(request.base_url).rstrip("/").removesuffix(PREFIX)
        return HTMLResponse(reference_page(described(app), address, bool(key)))

    app.add_api_route("/docs", page, include_in_schema=False)
    app.add_exception_handler(HTTPException, _refused)
    app.add_middleware(LimitedBody, most=limits.BODY)
    if key:
        app.add_middleware(NeedsKey, key=key)
    return app


def described(app: FastAPI) -> dict[str, object]:
    """The OpenAPI description, with the addresses as clients call them."""
    description = app.openapi()
    paths = {f"{PREFIX}{path}": operations for path, operations in description["paths"].items()}
    return {**description, "paths": paths}


async def _refused(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    return reply_of(http_fault(error))

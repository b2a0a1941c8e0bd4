"""A route whose errors are sentences in one JSON shape, and never a traceback."""

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from service.asking import ClientGone
from service.faults import fault_of, invalid
from service.guards.refusals import http_fault, reply_of

CLOSED = 499  # nobody reads this reply


class ErrorValue(BaseModel):
    """What is wrong."""

    message: str = Field(description="What is wrong and what to do, in a sentence.")
    type: str
    param: str | None = Field(description="The field of the request that is wrong.")
    code: str | None


class ErrorReply(BaseModel):
    """The reply to a request that fails."""

    error: ErrorValue


ERRORS: dict[int | str, dict[str, Any]] = {
    status: {"model": ErrorReply, "description": text}
    for status, text in {
        400: "The request is wrong.",
        413: "The request is too large.",
        429: "Too many requests wait for the model.",
        502: "The model's server broke off.",
        503: "The model cannot be reached now.",
    }.items()
}


class SafeRoute(APIRoute):
    """Turns every error of a request into a reply that says what is wrong."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler, with its errors caught."""
        handler = super().get_route_handler()

        async def handled(request: Request) -> Response:
            try:
                return await handler(request)
            except RequestValidationError as error:
                return reply_of(invalid(error.errors()))
            except HTTPException as error:
                return reply_of(http_fault(error))
            except ClientGone:
                return Response(status_code=CLOSED)
            except Exception as error:
                return reply_of(fault_of(error))

        return handled

"""The requests of the page, validated on arrival."""

import json
from typing import Annotated, Any, NoReturn, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from chains.errors import CredenceError

LARGEST = 4_000_000  # bytes per request
Id = Annotated[str, Field(max_length=100)]


class BadRequest(CredenceError):
    """A request that our pages never send; ``status`` is the HTTP status."""

    def __init__(self, text: str, status: int = 400) -> None:
        super().__init__(text)
        self.status = status


class _Sent(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Enter(_Sent):
    """The URL parameters the page was opened with."""

    query: dict[str, str] = {}


class Own(_Sent):
    """Any request by a participant; it names the session."""

    participant: Id


class Events(Own):
    """Events on the page, each with a unique id."""

    events: list[dict[str, Any]] = []


class Answer(Events):
    """The values of a screen; repeated submissions are stored once."""

    screen: Id
    submission: Id
    values: dict[str, Any]
    client_time: Id | None = None


class Chat(Own):
    """A screen with a live chat."""

    screen: Id


class Message(Chat):
    """One message to the live model."""

    submission: Id
    text: str


Model = TypeVar("Model", bound=BaseModel)


async def read(request: Request, kind: type[Model]) -> Model:
    """Parse the JSON of a request; raises BadRequest with a message."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST:
            raise BadRequest("This is too long to send. Please shorten your text.", 413)
    return await run_in_threadpool(_parsed, bytes(body), kind)


def _parsed(body: bytes, kind: type[Model]) -> Model:
    try:
        return kind.model_validate(json.loads(body, parse_constant=_no_number))
    except (ValueError, RecursionError) as error:  # ValidationError is a ValueError
        where = ""
        if isinstance(error, ValidationError):
            first = error.errors()[0]
            where = f" ({'.'.join(str(part) for part in first['loc'])}: {first['msg']})"
        raise BadRequest(f"The server could not read this request. Reload the page{where}.") from error


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a number")

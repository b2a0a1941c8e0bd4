"""What the page sends, checked where it enters."""

import json
from typing import Annotated, Any, NoReturn, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from chains.errors import CredenceError

LARGEST = 4_000_000  # bytes of a request; a text of 1 MB is far below it
Id = Annotated[str, Field(max_length=100)]


class BadRequest(CredenceError):
    """A request that no page of ours sends; ``status`` is the HTTP status."""

    def __init__(self, text: str, status: int = 400) -> None:
        super().__init__(text)
        self.status = status


class _Sent(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Enter(_Sent):
    """The parameters of the address with which a page was opened."""

    query: dict[str, str] = {}


class Own(_Sent):
    """Anything that a participant sends: it names whose it is."""

    participant: Id


class Events(Own):
    """What happened on the page, each event with an id of its own."""

    events: list[dict[str, Any]] = []


class Answer(Events):
    """A screen's values; sent again under the same submission they are stored once."""

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
    """The request's JSON as one of these; raises BadRequest with a sentence."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST:
            raise BadRequest("This is more than can be sent at once: shorten your text.", 413)
    return await run_in_threadpool(_parsed, bytes(body), kind)


def _parsed(body: bytes, kind: type[Model]) -> Model:
    try:
        return kind.model_validate(json.loads(body, parse_constant=_no_number))
    except (ValueError, RecursionError) as error:  # ValidationError is a ValueError
        where = ""
        if isinstance(error, ValidationError):
            first = error.errors()[0]
            where = f" ({'.'.join(str(part) for part in first['loc'])}: {first['msg']})"
        raise BadRequest(f"The server did not understand this page: reload it{where}.") from error


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number")

"""The endpoints of the OpenAI-compatible proxy."""

from collections.abc import AsyncIterator, Generator, Mapping
from contextlib import aclosing, closing
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from langchain_core.language_models import BaseChatModel

from chains.identity import identity
from chains.models.slot import ModelSlot
from chains.pipeline.turn import Turn
from chains.settings import Settings
from service.asking import asked_in, check_room, while_connected
from service.event_stream import event, event_response
from service.faults import Fault, error_object, fault_of
from service.openai_proxy.chat_reply import Completion
from service.openai_proxy.chat_request import ChatRequest
from service.openai_proxy.stopping import turns_until
from service.safe_route import ERRORS, SafeRoute


def openai_routes(slot: ModelSlot, settings: Settings) -> APIRouter:
    """``/chat/completions`` and ``/models`` for the model in use."""
    router = APIRouter(route_class=SafeRoute, responses=ERRORS)

    @router.post("/chat/completions")
    async def chat_completions(request: Request, body: ChatRequest) -> Response:
        """Answer as OpenAI's API does, with the field `credence`: how sure the model is of its answer."""
        body.check()
        question, asked = body.question(), body.settings(settings)
        completion = Completion(slot.model, body)

        def ask(model: BaseChatModel) -> Generator[Turn, None, None]:
            completion.model = model
            return _noted(turns_until(model, asked, question, body.stops), completion)

        check_room(slot)
        turns = asked_in(slot, ask)
        if body.stream:
            return event_response(_events(turns, completion))
        turn = await while_connected(request, turns)
        whole = completion.whole(turn)
        return JSONResponse(whole, headers=_headers(whole["credence"]))

    @router.get("/models")
    async def models() -> dict[str, Any]:
        """List the one model of this service."""
        return {"object": "list", "data": [_described(slot.model)]}

    @router.get("/models/{name:path}")
    async def one_model(name: str) -> dict[str, Any]:
        """Describe the model of this service."""
        described = _described(slot.model)
        if name != described["id"]:
            text = f"There is no model {name!r} here. This service has {described['id']!r}."
            raise Fault(text, 404, param="model", code="model_not_found")
        return described

    return router


def _headers(figure: Mapping[str, Any]) -> dict[str, str]:
    """The confidence, or why there is none, for clients that pass on no fields besides OpenAI's."""
    if figure["confidence"] is not None:
        return {"Credence-Confidence": f"{figure['confidence']:.4f}"}
    return {"Credence-Missing": figure["missing"].encode("ascii", "replace").decode()}


def _noted(turns: Generator[Turn, None, None], completion: Completion) -> Generator[Turn, None, None]:
    """The same snapshots; what the answer cost is noted at each, because a turn adds its probes to one meter."""
    with closing(turns):
        for turn in turns:
            completion.note_cost(turn)
            yield turn


def _described(model: BaseChatModel) -> dict[str, Any]:
    who = identity(model)
    return {"id": str(who["model"]), "object": "model", "created": 0, "owned_by": str(who["engine"])}


async def _events(turns: AsyncIterator[Turn], completion: Completion) -> AsyncIterator[str]:
    try:
        async with aclosing(turns) as source:  # type: ignore[type-var]  # they are generators
            async for turn in source:
                for chunk in completion.chunks(turn):
                    yield event(chunk)
    except Exception as error:
        yield event(error_object(fault_of(error)))
        return
    yield event("[DONE]")

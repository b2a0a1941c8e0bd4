"""Credence's own endpoints: each reads a request, runs the pipeline and replies with values."""

from collections.abc import AsyncIterator, Generator
from contextlib import aclosing, closing
from functools import partial
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from langchain_core.language_models import BaseChatModel

from chains.calibration.fitting import fitting
from chains.calibration.mic_store import load_mic
from chains.calibration.store import list_calibrations
from chains.identity import identity, model_note
from chains.models.line import Load, line_of
from chains.models.slot import ModelSlot
from chains.pipeline.turn import Turn
from chains.settings import Settings
from estimators import find_markers
from estimators.markers.rewriting import rewritten
from estimators.types import Question
from service.asking import asked_in, check_room, question_of, turns_of, while_connected
from service.event_stream import event, event_response
from service.faults import Fault, error_object, fault_of
from service.replies import (
    BatchItem,
    BatchReply,
    Calibrations,
    CalibrationValue,
    Health,
    MarkersReply,
    OwnMarker,
    Rewritten,
    StreamEvent,
)
from service.requests import Ask, Batch, Check, Consistency, Item, Reported, Rewrite, Texts
from service.result import Result, marker_value, result_of
from service.safe_route import ERRORS, SafeRoute

STREAMED = {
    200: {
        "description": "The result; with `stream`, server-sent events: `answer` (the text so far), `stage`, and last "
        "`result` or `error`.",
        "content": {"text/event-stream": {"schema": {"type": "string"}}},
    }
}


def credence_routes(slot: ModelSlot, settings: Settings) -> APIRouter:
    """The endpoints below ``/credence``."""
    router = APIRouter(prefix="/credence", route_class=SafeRoute, responses=ERRORS)
    replies = Replies(slot, settings)
    answered: dict[str, Any] = {
        "methods": ["POST"],
        "response_model": Result,
        "responses": {**ERRORS, **STREAMED},
    }
    router.add_api_route("/ask", replies.ask, **answered)
    router.add_api_route("/assess", replies.check, **answered)
    router.add_api_route("/consistency", replies.consistency, **answered)
    router.add_api_route("/batch", replies.batch, methods=["POST"], response_model=BatchReply)
    router.add_api_route("/markers", replies.markers, methods=["POST"], response_model=MarkersReply)
    router.add_api_route("/rewrite", replies.rewrite, methods=["POST"], response_model=Rewritten)
    router.add_api_route("/calibrations", replies.calibrations, methods=["GET"], response_model=Calibrations)
    router.add_api_route("/health", replies.health, methods=["GET"], response_model=Health)
    return router


class Replies:
    """What the endpoints reply for the model in use."""

    def __init__(self, slot: ModelSlot, settings: Settings) -> None:
        self._slot, self._settings = slot, settings

    async def ask(self, request: Request, body: Ask) -> Response:
        """Ask the model a question, and get its answer with how sure the model is."""
        return await self._reply(request, body, question_of(body), None, stream=body.stream)

    async def check(self, request: Request, body: Check) -> Response:
        """Assess an answer that you already have, as if the model had just written it."""
        return await self._reply(request, body, question_of(body), body.answer, stream=body.stream)

    async def consistency(self, request: Request, body: Consistency) -> Response:
        """Draw samples of the same question (10 unless `settings.samples` says otherwise) and group them by meaning."""
        if not body.settings.applied(self._settings).samples:
            fields = {**body.settings.model_dump(exclude_unset=True), "samples": self._settings.closer}
            body = body.model_copy(update={"settings": type(body.settings).model_validate(fields)})
        return await self._reply(request, body, question_of(body), body.answer, stream=body.stream)

    async def batch(self, request: Request, body: Batch) -> Response:
        """Ask or assess several questions, one after another."""
        settings = body.settings.applied(self._settings)
        ask = partial(self._batch, settings=settings, body=body)
        check_room(self._slot)
        items = asked_in(self._slot, ask)
        if body.stream:
            return event_response(_batch_events(items))
        whole = await while_connected(request, _collected(items))
        return JSONResponse(BatchReply(items=whole).model_dump(mode="json"))

    def markers(self, body: Texts) -> MarkersReply:
        """Find the epistemic markers of a text, what people take them to mean, and what they mean with this model."""
        who = identity(self._slot.model)
        own = load_mic(who["model"], who["model_sha256"])
        matches = find_markers(body.text)
        measured = [own.lookup(match.marker) for match in matches] if own else []
        return MarkersReply(
            markers=[marker_value(match) for match in matches],
            own=[OwnMarker(marker=m.marker, confidence=m.mic, n=m.n, missing=m.missing) for m in measured],
            own_missing="" if own else "the markers of this model are not measured",
        )

    def rewrite(self, body: Rewrite) -> Rewritten:
        """Rewrite a text so that its words of doubt say how sure one can be of it."""
        after = rewritten(body.text, body.confidence)
        return Rewritten(
            text=after.text, marker=after.marker, norm=after.norm, changed=after.text != body.text
        )

    def calibrations(self) -> Calibrations:
        """List the calibrations, and say which of them is used for this model."""
        fit = fitting(self._slot.model, self._settings.calibration)
        return Calibrations(
            in_use=fit.calibration.name if fit.calibration else None,
            missing=fit.reason,
            calibrations=[
                CalibrationValue.of(saved, saved.calibration == fit.calibration)
                for saved in list_calibrations(self._slot.model)
            ],
        )

    def health(self) -> Health:
        """Say which model is served, and whether it can answer."""
        model, state = self._slot.model, self._slot.state
        load = line_of(model).load if state.ready else Load(0, 0)
        fit, who = fitting(model, self._settings.calibration), identity(model)
        loading = "" if state.ready else state.progress
        trouble = "" if loading else str(getattr(model, "trouble", "")) if state.ready else state.failure
        return Health(
            status="loading" if loading else "trouble" if trouble else "ok",
            trouble=trouble,
            loading=state.progress,
            note=model_note(model),
            model=str(who["model"]),
            engine=str(who["engine"]),
            model_sha256=who["model_sha256"],
            calibration=fit.calibration.name if fit.calibration else None,
            uncalibrated=fit.reason,
            running=load.running,
            waiting=load.waiting,
        )

    async def _reply(
        self, request: Request, body: Reported, question: Question, answer: str | None, *, stream: bool
    ) -> Response:
        settings = body.settings.applied(self._settings)
        ask = partial(turns_of, settings=settings, question=question, answer=answer)
        check_room(self._slot)
        snapshots = asked_in(self._slot, ask)
        if stream:
            return event_response(_turn_events(snapshots, body))
        turn = await while_connected(request, snapshots)
        return JSONResponse(
            _result(turn, body).model_dump(mode="json"), headers={"Cache-Control": "no-store"}
        )

    def _batch(
        self, model: BaseChatModel, settings: Settings, body: Batch
    ) -> Generator[BatchItem | None, None, None]:
        """The items, and None after each step of one, so that the batch can be stopped there."""
        for index, item in enumerate(body.items):
            yield from self._one(model, index, item, settings, body)

    def _one(
        self, model: BaseChatModel, index: int, item: Item, settings: Settings, body: Batch
    ) -> Generator[BatchItem | None, None, None]:
        try:
            with closing(turns_of(model, settings, question_of(item), item.answer)) as turns:
                for turn in turns:
                    last = turn
                    yield None
            result = _result(last, body)
        except Exception as error:
            yield BatchItem(index=index, error=error_object(fault_of(error))["error"])
        else:
            yield BatchItem(index=index, result=result)


async def _collected(items: AsyncIterator[BatchItem | None]) -> AsyncIterator[list[BatchItem]]:
    async with aclosing(items) as source:  # type: ignore[type-var]  # they are generators
        yield [item async for item in source if item is not None]


async def _batch_events(items: AsyncIterator[BatchItem | None]) -> AsyncIterator[str]:
    try:
        async with aclosing(items) as source:  # type: ignore[type-var]
            async for item in source:
                if item is None:
                    continue
                yield event(item.model_dump(mode="json"), "result" if item.result else "error")
    except Exception as error:
        yield event(error_object(fault_of(error)), "error")
        return
    yield event({}, "end")


async def _turn_events(snapshots: AsyncIterator[Turn], body: Reported) -> AsyncIterator[str]:
    """An event for every change of the answer and of the stage, then the result."""
    shown = StreamEvent()
    try:
        async with aclosing(snapshots) as source:  # type: ignore[type-var]
            async for turn in source:
                if turn.assessment is not None:
                    yield event(_result(turn, body).model_dump(mode="json"), "result")
                    continue
                now = StreamEvent.of(turn, tokens=body.tokens)
                if now.text != shown.text:
                    yield event(now.after(shown), "answer")
                if now.stage != shown.stage or now.samples != shown.samples:
                    yield event({"stage": now.stage, "samples": now.samples}, "stage")
                shown = now
    except Exception as error:
        yield event(error_object(fault_of(error)), "error")


def _result(turn: Turn, body: Reported) -> Result:
    if turn.assessment is None:
        raise Fault("The model gave no answer. Try again.", 502, code="reply_incomplete")
    return result_of(turn.assessment, tokens=body.tokens, record=body.record)

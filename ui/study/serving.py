"""The HTTP app of a study: one page with a JSON API; answers are acknowledged only after they are committed.

There is no queue: each request runs in its own thread, so nobody waits for anyone else. Nothing about the connection
is stored or logged.
"""

import logging
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import anyio.to_thread
from langchain_core.language_models import BaseChatModel
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.types import ASGIApp

from chains.errors import CredenceError
from chains.settings import Settings
from service.guards.replies import SafeReplies
from study.errors import BadAnswer, NotThisScreen, SessionForbidden, StoreUnavailable
from study.session.participants import new_token
from study.session.service import Study
from ui.study import requests
from ui.study.assets import HEADERS, file_response
from ui.study.live_chat import Chats
from ui.study.replies import reply

AT_ONCE = 100  # requests handled at the same time; others wait briefly
YEAR = 31_536_000  # seconds
BROKEN = "Something went wrong on the server. Saved answers are not lost. Please try again."
_log = logging.getLogger(__name__)

Handler = Callable[[Request], Awaitable[Response]]


class StudyPages:
    """The request handlers: each reads the request, calls the study and replies with a screen."""

    def __init__(self, study: Study, chats: Chats) -> None:
        self.study, self.chats = study, chats
        self.cookie = f"credence_{study.design.study}"  # cookies are shared by all ports of a host

    def routes(self) -> list[Route]:
        """All routes of the participants' page."""
        return [
            Route("/", self.page),
            Route("/static/{name}", self.static),
            Route("/api/enter", _answered(self.enter), methods=["POST"]),
            Route("/api/screen", _answered(self.screen)),
            Route("/api/answer", _answered(self.answer), methods=["POST"]),
            Route("/api/events", _answered(self.events), methods=["POST"]),
            Route("/api/leave", _answered(self.leave), methods=["POST"]),
            Route("/api/withdraw", _answered(self.withdraw), methods=["POST"]),
            Route("/api/chat", _answered(self.chat), methods=["POST"]),
            Route("/api/chat/look", _answered(self.chat_look), methods=["POST"]),
            Route("/api/chat/stop", _answered(self.chat_stop), methods=["POST"]),
        ]

    async def page(self, request: Request) -> Response:
        """The page; it already sets the token, so that an `enter` whose reply was lost can be repeated."""
        response = file_response("page.html", request)
        if self._token(request) is None:
            self._remember(request, response, new_token())
        return response

    async def static(self, request: Request) -> Response:
        return file_response(request.path_params["name"], request)

    async def enter(self, request: Request) -> Response:
        sent = await requests.read(request, requests.Enter)
        entry = await run_in_threadpool(self.study.enter, sent.query, self._token(request))
        response = self._json(entry.screen)
        if entry.token is not None:
            self._remember(request, response, entry.token)
        return response

    async def screen(self, request: Request) -> Response:
        return self._json(await run_in_threadpool(self.study.screen, self._token(request)))

    async def answer(self, request: Request) -> Response:
        sent, token = await requests.read(request, requests.Answer), self._token(request)
        try:
            following = await run_in_threadpool(
                self.study.answer,
                token,
                sent.participant,
                sent.screen,
                sent.submission,
                sent.values,
                sent.events,
                sent.client_time,
            )
        except NotThisScreen as error:  # the page continues at the current screen
            current = await run_in_threadpool(self.study.screen, token)
            return self._json(current, status=409, error=str(error))
        return self._json(following)

    async def events(self, request: Request) -> Response:
        sent = await requests.read(request, requests.Events)
        stored = await run_in_threadpool(self.study.log, self._token(request), sent.participant, sent.events)
        return _response({"stored": list(stored)})

    async def leave(self, request: Request) -> Response:
        sent = await requests.read(request, requests.Own)
        return self._json(await run_in_threadpool(self.study.leave, self._token(request), sent.participant))

    async def withdraw(self, request: Request) -> Response:
        sent = await requests.read(request, requests.Own)
        return self._json(
            await run_in_threadpool(self.study.withdraw, self._token(request), sent.participant)
        )

    async def chat(self, request: Request) -> Response:
        sent, token = await requests.read(request, requests.Message), self._token(request)
        return _response(
            await run_in_threadpool(
                self.chats.send, token, sent.participant, sent.screen, sent.submission, sent.text
            )
        )

    async def chat_look(self, request: Request) -> Response:
        sent, token = await requests.read(request, requests.Chat), self._token(request)
        return _response(await run_in_threadpool(self.chats.look, token, sent.participant, sent.screen))

    async def chat_stop(self, request: Request) -> Response:
        sent, token = await requests.read(request, requests.Chat), self._token(request)
        return _response(await run_in_threadpool(self.chats.stop, token, sent.participant, sent.screen))

    def _remember(self, request: Request, response: Response, token: str) -> None:
        secure = "https" in (request.url.scheme, request.headers.get("x-forwarded-proto"))
        response.set_cookie(self.cookie, token, max_age=YEAR, httponly=True, samesite="lax", secure=secure)

    def _token(self, request: Request) -> str | None:
        return request.cookies.get(self.cookie)

    def _json(self, screen: Any, status: int = 200, **more: Any) -> Response:
        return _response({**reply(screen, self.study.design), **more}, status)


def _response(data: dict[str, Any], status: int = 200) -> Response:
    return JSONResponse(data, status, headers={"Cache-Control": "no-store"})


def _answered(handler: Handler) -> Handler:
    """Wrap a handler so that errors become JSON with a message."""

    async def handled(request: Request) -> Response:
        try:
            return await handler(request)
        except BadAnswer as error:
            return _response({"error": str(error), "faults": error.faults}, 422)
        except CredenceError as error:
            return _response({"error": str(error)}, _status(error))
        except HTTPException:
            raise
        except Exception:
            _log.exception("a request failed")
            return _response({"error": BROKEN}, 500)

    return handled


def _status(error: CredenceError) -> int:
    if isinstance(error, requests.BadRequest):
        return error.status
    statuses = {SessionForbidden: 401, NotThisScreen: 409, StoreUnavailable: 503}
    return statuses.get(type(error), 400)


def study_app(study: Study, *, model: BaseChatModel | None = None, password: str | None = None) -> ASGIApp:
    """The complete app: participants at ``/`` and, with a password, the researcher page at ``/researcher``.

    ``model`` answers in live conditions; None if there are none.
    """
    pages = StudyPages(study, Chats(study, model, study.design.settings() if model else Settings()))

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        anyio.to_thread.current_default_thread_limiter().total_tokens = AT_ONCE
        yield

    routes: list[Route | Mount] = [*pages.routes()]
    researcher = _researcher(study, password)
    if researcher is not None:
        routes.append(Mount("/researcher", researcher))
    return SafeReplies(Starlette(routes=routes, lifespan=lifespan), HEADERS)


def _researcher(study: Study, password: str | None) -> ASGIApp | None:
    """The researcher page, or None if no password is set."""
    if not password:
        return None
    from ui.study.researcher import researcher_routes

    return researcher_routes(study, password)


def researcher_password() -> str | None:
    """The password of the researcher page, from the environment."""
    return os.environ.get("CREDENCE_STUDY_PASSWORD") or None

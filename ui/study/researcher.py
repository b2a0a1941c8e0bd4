"""The researcher page of a study: progress, data downloads, and a switch for recruiting.

It exists only if a password is set; the database counts everything on every request.
"""

from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import Any
from urllib.parse import parse_qs

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from study.analysis.monitor import progress
from study.errors import StoreUnavailable
from study.session.service import Study
from study.tables.codebook import TABLES
from study.tables.export import FORMATS, codebook_lines, table_lines
from ui.html import render
from ui.study.researcher_access import HOURS, Access, Session, TooManyTries

COOKIE = "credence_researcher"
LONGEST_FORM = 10_000  # bytes
CHUNK = 200  # lines per chunk of a download
TYPES = {"css": "text/css", "js": "text/javascript"}
WRONG = "Wrong password. The next attempt will take a little longer."
BUSY = "Too many attempts at the moment. Wait a minute and try again."
AWAY = "The database cannot be reached right now. Nothing is lost, and this page keeps trying."


class ResearcherPages:
    """The handlers, each thin: check the session, call one function, fill one template."""

    def __init__(self, study: Study, access: Access) -> None:
        self.study, self.access = study, access
        self.cookie = f"{COOKIE}_{study.design.study}"  # cookies are shared by all ports of a host

    def routes(self) -> list[Route]:
        """All routes of the page."""
        return [
            Route("/", self.page),
            Route("/live", self.live),
            Route("/sign-in", self.sign_in, methods=["POST"]),
            Route("/sign-out", self.sign_out, methods=["POST"]),
            Route("/recruiting", self.recruiting, methods=["POST"]),
            Route("/data/{table}.{ending}", self.data),
            Route("/static/{name}", self.static),
        ]

    async def page(self, request: Request) -> Response:
        session = self._session(request)
        if session is None:
            return self._html("sign-in.html", request)
        return await self._standing("page.html", request, session)

    async def live(self, request: Request) -> Response:
        """The part of the page that is refreshed."""
        return await self._standing("live.html", request, self._need(request))

    async def sign_in(self, request: Request) -> Response:
        form = await _form(request)
        try:
            secret = await self.access.sign_in(form.get("password", ""))
        except TooManyTries:
            return self._html("sign-in.html", request, status=429, trouble=BUSY)
        if secret is None:
            return self._html("sign-in.html", request, status=401, trouble=WRONG)
        response = self._back(request)
        secure = "https" in (request.url.scheme, request.headers.get("x-forwarded-proto"))
        response.set_cookie(
            self.cookie, secret, max_age=int(HOURS), path=_home(request), httponly=True, samesite="strict", secure=secure
        )  # fmt: skip
        return response

    async def sign_out(self, request: Request) -> Response:
        await self._sent(request)
        self.access.sign_out(request.cookies.get(self.cookie))
        response = self._back(request)
        response.delete_cookie(self.cookie, path=_home(request), httponly=True, samesite="strict")
        return response

    async def recruiting(self, request: Request) -> Response:
        """Pause or resume recruiting; running sessions continue."""
        form = await self._sent(request)
        if form.get("open") not in ("0", "1"):
            raise HTTPException(400)
        try:
            await run_in_threadpool(
                self.study.store.set_recruiting,
                self.study.design.study,
                form["open"] == "1",
                self.study.sha256,
            )
        except StoreUnavailable as error:
            raise HTTPException(503, str(error)) from error
        return self._back(request)

    async def data(self, request: Request) -> Response:
        """One table, streamed from the database."""
        self._need(request)
        table, ending = request.path_params["table"], request.path_params["ending"]
        if ending not in FORMATS or table not in (*TABLES, "codebook"):
            raise HTTPException(404)
        name = self.study.design.study
        with_ids = request.query_params.get("ids") == "1"
        lines = (
            codebook_lines(ending)
            if table == "codebook"
            else table_lines(self.study.store, name, table, ending, with_ids)
        )
        kind = "text/csv" if ending == "csv" else "application/x-ndjson"
        headers = {
            "Content-Disposition": f'attachment; filename="{name}-{table}.{ending}"',
            "Cache-Control": "no-store",
        }
        return StreamingResponse(_chunks(lines), media_type=f"{kind}; charset=utf-8", headers=headers)

    async def static(self, request: Request) -> Response:
        name = request.path_params["name"]
        kind = TYPES.get(name.rpartition(".")[2])
        if kind is None or name not in _texts():
            raise HTTPException(404)
        return Response(_texts()[name], media_type=kind, headers={"Cache-Control": "no-cache"})

    async def _standing(self, template: str, request: Request, session: Session) -> Response:
        try:
            study_progress = await run_in_threadpool(progress, self.study.store, self.study.design.study)
        except StoreUnavailable:
            return self._html(template, request, status=503, away=AWAY, token=session.form_token)
        return self._html(template, request, progress=study_progress, token=session.form_token)

    def _html(self, template: str, request: Request, status: int = 200, **more: Any) -> Response:
        design = self.study.design
        values = {"away": "", "trouble": "", "progress": None, "token": ""} | more
        text = render(
            f"researcher/{template}", design=design, sha256=self.study.sha256, home=_home(request), **values
        )
        return HTMLResponse(text, status, headers={"Cache-Control": "no-store"})

    def _session(self, request: Request) -> Session | None:
        return self.access.session(request.cookies.get(self.cookie))

    def _need(self, request: Request) -> Session:
        session = self._session(request)
        if session is None:
            raise HTTPException(401, "Sign in first.")
        return session

    async def _sent(self, request: Request) -> dict[str, str]:
        """The fields of a form, after checking session and form token. Raises HTTPException 401 or 403."""
        session, form = self._need(request), await _form(request)
        if form.get("token") != session.form_token:
            raise HTTPException(403, "This form belongs to an older session. Reload the page.")
        return form

    def _back(self, request: Request) -> Response:
        return RedirectResponse(f"{_home(request)}/", 303)


def researcher_routes(study: Study, password: str | None) -> Starlette | None:
    """The researcher page as an app to mount; None if there is no password."""
    if not password:
        return None
    return Starlette(routes=ResearcherPages(study, Access(password)).routes())


def _home(request: Request) -> str:
    """The path where the page is mounted, without a trailing slash."""
    return str(request.scope.get("root_path", "")).rstrip("/")


async def _form(request: Request) -> dict[str, str]:
    """The fields of a small form, with the last value of each name. Raises HTTPException 413."""
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > LONGEST_FORM:
            raise HTTPException(413)
    fields = parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=20)
    return {name: values[-1] for name, values in fields.items()}


def _chunks(lines: Iterator[str]) -> Iterator[str]:
    """Join lines into larger chunks."""
    kept: list[str] = []
    for line in lines:
        kept.append(line)
        if len(kept) == CHUNK:
            yield "".join(kept)
            kept.clear()
    yield "".join(kept)


@cache
def _texts() -> dict[str, str]:
    """The style sheet and the script of the page, read once from the package."""
    folder = files(str(__package__).rpartition(".")[0]) / "static" / "researcher"
    return {file.name: file.read_text(encoding="utf-8") for file in folder.iterdir()}

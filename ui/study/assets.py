"""The static files of the study pages, read once from the package, and the HTTP headers of every response."""

import hashlib
from functools import cache
from importlib.resources import files

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from service.guards.replies import headers_of

FOLDER = files(str(__package__).rpartition(".")[0]) / "static"
_TYPES = {"css": "text/css", "js": "text/javascript", "html": "text/html"}
# Nothing is loaded from other hosts; the axis positions its dots with style attributes.
HEADERS = headers_of(
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; connect-src 'self'; "
    "img-src 'self' data:; base-uri 'none'; form-action 'self'; frame-ancestors 'self'"
)


@cache
def _contents() -> dict[str, tuple[bytes, str, str]]:
    """File name → bytes, type, ETag."""
    sources = {file.name: file for file in (FOLDER / "study").iterdir()}
    sources["chat.css"] = FOLDER / "style.css"  # the style sheets of the chat
    sources["panel.css"] = FOLDER / "panel.css"
    contents = {}
    for name, file in sources.items():
        data = file.read_bytes()
        kind = f"{_TYPES[name.rpartition('.')[2]]}; charset=utf-8"
        contents[name] = (data, kind, f'"{hashlib.sha256(data).hexdigest()[:20]}"')
    return contents


def file_response(name: str, request: Request) -> Response:
    """One of the files, or 304 if the browser has it cached; raises HTTPException 404 for unknown names."""
    if name not in _contents():
        raise HTTPException(404)
    data, kind, etag = _contents()[name]
    headers = {"ETag": etag, "Cache-Control": "no-cache"}
    if request.headers.get("If-None-Match") == etag:
        return Response(status_code=304, headers=headers)
    return Response(data, media_type=kind, headers=headers)

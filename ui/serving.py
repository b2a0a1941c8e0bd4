"""How the page is served: its limits, its guards and its password. Gradio's options for it are made only here."""

import hmac
from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import Any

from starlette.middleware import Middleware
from starlette.routing import BaseRoute

from service.guards.closed import Closed
from service.guards.origin import OwnOrigin
from service.guards.public import Public
from service.guards.replies import SafeReplies, headers_of, page_policy
from service.guards.size import LimitedBody
from service.guards.visitors import Visitors
from service.limits import OPEN, PAGE_BODY, UPLOAD, Rate
from ui.chat.events import AT_ONCE
from ui.parts import sign_in_html
from ui.sessions import FewSessions
from ui.theme import theme
from ui.uploads_folder import KEPT, SmallFolder, own_folder

# Goes into the page's head: Gradio rewrites the CSS that it is given, media queries included.
HEAD = """<style>
.gradio-container { width: 100% !important; max-width: 1320px !important; margin-inline: auto !important;
  padding: 14px 22px !important; }
.gradio-container .main.fillable { padding: 12px 32px; }
.gradio-container footer { display: none !important; }
@media (max-width: 860px) {
  .gradio-container { padding: 0 !important; }
  .gradio-container .main.fillable { padding: 8px 14px; }
}
</style>"""

ICON = files(__package__) / "static" / "icon.svg"
MOST_WAITING = 200  # events of a page that wait for their turn
THREADS = AT_ONCE + 30  # a Stop or a click has one left while all answers run
SIGN_INS = 10  # attempts a minute for each visitor
EVENTS = 20  # small events for each question: a switch, a setting, a click
_GRADIO = "/gradio_api"
_POSTS = ("queue/join", "run/", "api/", "call/", "cancel", "reset", "upload", "component_server")
# of Gradio, and no part of this page: deep links and recordings write files, the others show or change the app
_NOT_OURS = ("deep_link", "proxy=", "dev/", "custom_component", "stream/", "vibe", "process_recording")


def mount_options(how: Public) -> dict[str, Any]:
    """The keyword arguments of ``mount_gradio_app``."""
    return {**_options(how), "app_kwargs": {"middleware": page_guards(how)}}


def _options(how: Public) -> dict[str, Any]:
    """What Gradio's ``launch`` and ``mount_gradio_app`` both take."""
    return {
        "theme": theme(),
        "head": HEAD,
        "run_history": False,
        "footer_links": [],
        "max_file_size": UPLOAD,
        "show_error": False,
        "ssr_mode": False,  # Node would serve pages without our headers
        **_sign_in(how.login),
    }


def launch_options(how: Public, routes: Sequence[BaseRoute] = (), lifespan: Any = None) -> dict[str, Any]:
    """The keyword arguments of ``Blocks.launch``, with the routes of an API beside the page.

    The process gets a folder of its own for uploads.
    """
    own_folder()
    guards = [*page_guards(how), Middleware(SmallFolder)]
    app: dict[str, Any] = {"routes": list(routes), "middleware": guards}
    return {
        **_options(how),
        "quiet": True,
        "pwa": True,
        "favicon_path": str(ICON),
        "enable_monitoring": False,
        "max_threads": THREADS,
        "app_kwargs": {**app, "lifespan": lifespan} if lifespan else app,
    }


def prepare(page: Any) -> None:
    """Give a ``gr.Blocks`` that is about to be served its limits."""
    page.delete_cache = (KEPT, KEPT)
    page.max_threads = THREADS
    page.queue(max_size=MOST_WAITING)


def page_guards(how: Public) -> list[Middleware]:
    """The guards of the page and of what is served beside it, the outermost first."""
    guards = [Middleware(SafeReplies, headers=headers_of(page_policy(how.frames)))]
    if not how.embedded:
        guards.append(Middleware(OwnOrigin, hosts=how.hosts))
    return [
        *guards,
        Middleware(Closed, shut=lambda method, path: shut(method, path, shared=how.shared)),
        Middleware(Visitors, rates=_rates(how.rate), proxies=how.proxies, **_each(how.rate)),
        Middleware(LimitedBody, most=PAGE_BODY),
        Middleware(FewSessions),
    ]


def shut(method: str, path: str, *, shared: bool) -> bool:
    """Whether the page has no use for an address of Gradio; a shared page takes no files either.

    >>> shut("POST", "/gradio_api/upload", shared=True), shut("POST", "/gradio_api/upload", shared=False)
    (True, False)
    """
    if path.startswith("/monitoring"):
        return True
    if not path.startswith(f"{_GRADIO}/"):
        return False
    inner = path.removeprefix(f"{_GRADIO}/")
    if inner.startswith(_NOT_OURS) or (shared and inner.startswith("upload")):
        return True
    return method not in ("GET", "HEAD", "OPTIONS") and not inner.startswith(_POSTS)


def _rates(a_minute: int) -> Mapping[tuple[str, ...], Rate]:
    """The rates of a POST: signing in, questions of people and programs, and all else."""
    rates: dict[tuple[str, ...], Rate] = {("/login",): Rate(SIGN_INS)}
    if a_minute:
        asked = (f"{_GRADIO}/queue/join", f"{_GRADIO}/call/", f"{_GRADIO}/api/", "/v1/", "/mcp")
        rates |= {asked: Rate(a_minute), ("/",): Rate(EVENTS * a_minute)}
    return rates


def _each(a_minute: int) -> dict[str, Any]:
    """What else a visitor of a page with a rate may not do: send much too often, keep much open."""
    return {"large": Rate(a_minute), "most_open": OPEN} if a_minute else {}


def _sign_in(login: tuple[str, str] | None) -> dict[str, Any]:
    """Gradio's login page; without a name in the setting, any name will do."""
    if login is None:
        return {}
    name, password = login
    if name:
        return {"auth": (name, password), "auth_message": sign_in_html("Sign in to use this chat.")}
    return {
        "auth": lambda _, typed: _same(typed, password),
        "auth_message": sign_in_html("Sign in to use this chat: with any name, and the password."),
    }


def _same(typed: str, password: str) -> bool:
    return hmac.compare_digest(typed.encode("utf-8", "replace"), password.encode())

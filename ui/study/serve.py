"""Serves a study: reads its design and frozen answers, opens its database, and listens."""

import socket
from pathlib import Path

import uvicorn
from langchain_core.language_models import BaseChatModel

from chains.engines.open import open_chat_model
from chains.errors import CredenceError
from study.design.model import Design
from study.session.runtime import open_study
from ui.study.serving import researcher_password, study_app

GOODBYE = 5  # seconds for running requests when the server stops


def serve_study(path: Path, host: str, port: int, engine: str | None = None) -> int:
    """Serve the study of a design file until it is stopped; returns the exit code.

    Raises CredenceError for a design that cannot be run or a database that cannot be opened.
    """
    listening = _listen(host, port)
    port = listening.getsockname()[1]  # port 0 picks a free one
    with listening, open_study(path) as study:
        model = _live_model(study.design, engine)
        try:
            app = study_app(study, model=model, password=researcher_password())
            config = uvicorn.Config(
                app,
                access_log=False,  # it would contain IP addresses
                log_level="warning",
                server_header=False,
                timeout_graceful_shutdown=GOODBYE,
            )
            print(f"Credence is ready at {_address(host, port)} (stop it with Ctrl+C)", flush=True)
            print(f"“{study.design.title}”; {_researcher(host, port)}", flush=True)
            uvicorn.Server(config).run(sockets=[listening])
        finally:
            getattr(model, "close", lambda: None)()
    return 0


def _live_model(design: Design, engine: str | None) -> BaseChatModel | None:
    """The model that answers in live conditions; None if there are none."""
    if not any(design.flow.is_live(condition) for condition in design.shown):
        return None
    return open_chat_model(design.model, engine=engine)


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except (OSError, OverflowError) as error:
        listening.close()
        raise CredenceError(
            f"cannot listen on {host}, port {port}: {error}. Choose another port with PORT=…"
        ) from None
    return listening


def _address(host: str, port: int) -> str:
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"


def _researcher(host: str, port: int) -> str:
    if researcher_password():
        return f"the researcher page is at {_address(host, port)}/researcher"
    return "there is no researcher page because CREDENCE_STUDY_PASSWORD is not set"

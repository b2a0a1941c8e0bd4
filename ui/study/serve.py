"""Serves a study: reads its design and frozen answers, opens its database, and listens."""

import json
from pathlib import Path

import uvicorn
from langchain_core.language_models import BaseChatModel

from chains.engines.embedded import spec_of
from chains.engines.open import open_chat_model
from chains.identity import identity
from service.listening import address, listen
from study.design.model import Design
from study.errors import BadDesign
from study.session.runtime import open_study
from study.session.service import Study
from ui.study.serving import researcher_password, study_app

GOODBYE = 5  # seconds for running requests when the server stops


def serve_study(path: Path, host: str, port: int, engine: str | None = None) -> int:
    """Serve the study of a design file until it is stopped; returns the exit code.

    Raises CredenceError for a design that cannot be run or a database that cannot be opened.
    """
    listening = listen(host, port)
    port = listening.getsockname()[1]  # port 0 picks a free one
    with listening, open_study(path) as study:
        model = _live_model(study.design, engine)
        try:
            if model is not None:
                check_same_model(study, model)
            app = study_app(study, model=model, password=researcher_password())
            config = uvicorn.Config(
                app,
                access_log=False,  # it would contain IP addresses
                log_level="warning",
                server_header=False,
                timeout_graceful_shutdown=GOODBYE,
            )
            print(f"Credence is ready at {address(host, port)} (stop it with Ctrl+C)", flush=True)
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


def check_same_model(study: Study, model: BaseChatModel) -> None:
    """Raise BadDesign if earlier chats of this version of the design were with another model file."""
    who = identity(model)
    for event in study.store.events(study.design.study, kinds=("chat",)):
        assessment = (
            json.loads(event.payload).get("assessment") if event.design_sha256 == study.sha256 else None
        )
        if not assessment:
            continue
        before = assessment["evidence"]["provenance"]
        if before["model_sha256"] and who["model_sha256"] and before["model_sha256"] != who["model_sha256"]:
            spec = spec_of(before["model_sha256"])
            again = f"put `model: {spec}` in the design" if spec else "name that model in the design"
            raise BadDesign(
                [
                    f"People have chatted with {before['model']} in this study, but `model: {study.design.model}` opens "
                    f"{who['model']} here: {again} to continue with the first model."
                ]
            )
        return


def _researcher(host: str, port: int) -> str:
    if researcher_password():
        return f"the researcher page is at {address(host, port)}/researcher"
    return "there is no researcher page because CREDENCE_STUDY_PASSWORD is not set"

"""A study with a live model goes on with the model that it was started with."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from langchain_core.language_models import BaseChatModel
from sqlalchemy import Connection

from chains.engines.scripted import ScriptedChatModel
from chains.model_files import TINY_SHA256
from study.design.reader import read_design
from study.design.stimuli import read_stimuli
from study.errors import BadDesign
from study.session.service import Study
from study.store.database import open_store
from study.store.events import add_event
from tests.browser.study_pages import design, write_study
from ui.study.serve import check_same_model


def chatting(sha256: str | None) -> BaseChatModel:
    return ScriptedChatModel(
        metadata={"credence": {"model": "Qwen", "engine": "script", "model_sha256": sha256}}
    )


def chatted(study: str, sha256: str, payload: dict[str, Any]) -> Callable[[Connection], bool]:
    """Writes the event of one turn of a live chat."""
    return lambda connection: add_event(connection, study, sha256, None, "chat", payload=payload)


def test_a_live_study_is_not_served_with_another_model(tmp_path: Path) -> None:
    file = read_design(write_study(tmp_path, design(practice=[])))
    store = open_store(f"sqlite:///{tmp_path / 'study.sqlite'}")
    try:
        study = Study(file, read_stimuli(file.stimuli_path), store)
        check_same_model(study, chatting("another"))  # nobody has chatted yet
        before = {"model": "SmolLM2", "model_sha256": TINY_SHA256}
        chats = (("of an older design", None), (study.sha256, None), (study.sha256, before))
        for sha256, provenance in chats:
            assessment = {"evidence": {"provenance": provenance}} if provenance else None
            store.write(chatted(file.design.study, sha256, {"assessment": assessment}))
        check_same_model(study, chatting(TINY_SHA256))
        check_same_model(study, chatting(None))
        with pytest.raises(
            BadDesign, match=r"chatted with SmolLM2 .*opens Qwen here: put `model: tiny` in the design"
        ):
            check_same_model(study, chatting("another"))
    finally:
        store.close()

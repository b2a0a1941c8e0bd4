"""Words scored by a model on this machine, where the answering model sends no log-probabilities, in a real browser."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from playwright.sync_api import Page, expect

from chains.engines.scripted import DEMONSTRATION, ScriptedChatModel
from chains.pipeline import scorer
from tests.browser.conftest import finished, send

CAPITAL = "What is the capital of Australia?"


def test_a_local_model_is_offered_and_its_figures_say_whose_they_are(
    chat: Callable[..., Page], monkeypatch: pytest.MonkeyPatch
) -> None:
    local = ScriptedChatModel()
    local.metadata = {"credence": {"model": "Small-1B", "engine": "scripted", "model_sha256": None}}
    monkeypatch.setattr(scorer, "_opened", {"tiny": local})
    page = chat(ScriptedChatModel(replies=tuple(replace(reply, logprobs=False) for reply in DEMONSTRATION)))
    send(page, CAPITAL)
    finished(page)
    expect(page.locator(".cr-note")).to_contain_text("A model on this machine can score the words")
    page.get_by_role("button", name="Settings").click()
    page.get_by_label("Score words with").click()
    page.get_by_role("option", name="tiny").click()
    send(page, CAPITAL)
    finished(page, 2)
    turn = page.locator(".cr-turn").nth(1)
    expect(turn.locator(".cr-token").first).to_be_visible()
    expect(turn.locator(".cr-badge-open")).to_contain_text("no number")
    expect(turn.locator(".cr-badge-why")).to_have_text(
        "Its words were scored by Small-1B, not by the model that answered."
    )
    expect(turn.locator(".cr-others")).to_have_count(0)
    page.locator("[data-key=all] > summary").click()
    lane = page.locator("[data-key=lane-sequence_probability]")
    lane.locator("summary").click()
    expect(lane).to_contain_text("scored by Small-1B, not by the model that answered")

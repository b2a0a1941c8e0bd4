"""The full path with the embedded model: a real engine, a real page, a real browser."""

import os
import signal
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from chains.calibration.fitting import fitting
from chains.engines.llama.chat_model import ChatLlama
from chains.engines.open import open_chat_model
from estimators import ESTIMATORS, default_signals
from tests.browser.conftest import everything, finished, send

TITLES = {estimator.name: estimator.title for estimator in ESTIMATORS}


@pytest.fixture
def embedded() -> Iterator[ChatLlama]:
    model = open_chat_model("tiny")
    assert isinstance(model, ChatLlama)
    yield model
    model.close()


def test_the_capital_of_australia_gets_a_full_assessment(
    chat: Callable[..., Page], embedded: ChatLlama
) -> None:
    page = chat(embedded)
    shipped = fitting(embedded).calibration
    state = f"calibrated on {shipped.counted}" if shipped else "uncalibrated"
    expect(page.locator(".cr-model")).to_have_text(f"SmolLM2-135M-Instruct · llama.cpp · {state}")
    # Record in the page what is shown while the answer is still streaming.
    page.evaluate(
        """() => {
          window.seen = [];
          new MutationObserver(() => {
            const status = document.querySelector(".cr-status")?.textContent;
            const tokens = [...document.querySelectorAll(".cr-answer .cr-token")];
            if (status === "Answering …" && tokens.length)
              window.seen.push([tokens.length, Math.max(...tokens.map((t) => +t.style.getPropertyValue("--s")))]);
          }).observe(document.body, { subtree: true, childList: true, characterData: true });
        }"""
    )
    send(page, "What is the capital of Australia?")
    finished(page)
    answer = page.locator(".cr-answer")
    expect(answer).to_contain_text("Canberra")
    seen = page.evaluate("window.seen")
    tokens = page.locator(".cr-answer .cr-token").count()
    assert seen and seen[0][0] < tokens  # some tokens, tinted, before the rest
    assert max(tint for _, tint in seen) > 0
    everything(page)
    lanes = page.locator("[data-key^=lane-] summary .cr-name").all_inner_texts()
    assert lanes == [TITLES[name] for name in default_signals(())]
    expect(page.locator(".cr-number")).to_contain_text("%")
    expect(page.locator(".cr-advice")).to_be_visible()
    folds = page.locator(".cr-fold > summary").all_inner_texts()
    assert [fold.split()[0] for fold in folds] == ["In", "Asked", "Samples", "Details"]


def test_a_killed_engine_says_so_and_the_conversation_continues(
    chat: Callable[..., Page], embedded: ChatLlama
) -> None:
    page = chat(embedded)
    send(page, "Write a very long story about a lighthouse keeper and the sea.")
    expect(page.locator(".cr-answer .cr-token").nth(3)).to_be_visible()
    pid = embedded.engine.pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    expect(page.get_by_role("alert")).to_contain_text("The engine was killed")
    send(page, "What is the capital of Australia?")
    finished(page, turns=2)
    expect(page.locator(".cr-answer").last).to_contain_text("Canberra")
    expect(page.get_by_role("alert")).to_have_count(1)


def test_the_reasoning_of_a_real_model_is_folded_apart(
    chat: Callable[..., Page], embedded: ChatLlama
) -> None:
    page = chat(embedded)
    send(page, "What is the capital of Australia?")
    finished(page)
    page.get_by_role("button", name="Edit the beginning").click()
    page.get_by_label("Beginning of the answer").fill("<think>\nSydney is larger")
    page.get_by_role("button", name="Go on from here").click()
    finished(page)
    reasoning = page.locator(".cr-turns[role=region] .cr-reasoning")
    reasoning.locator("summary").click()
    expect(reasoning.locator(".cr-reasoning-text")).to_contain_text("Sydney is larger")
    expect(page.locator(".cr-turns[role=region]")).to_contain_text(
        "still reasoning"
    )  # it never closes the tag
    page.get_by_role("button", name="Previous version").click()
    page.get_by_role("button", name="Edit the beginning").click()
    page.get_by_label("Beginning of the answer").fill(
        "<think>\nNot Sydney.\n</think>\n\nThe capital of Australia is"
    )
    page.get_by_role("button", name="Go on from here").click()
    finished(page)
    expect(page.locator(".cr-branches")).to_contain_text("Version 3 of 3")
    expect(page.locator(".cr-answer")).to_contain_text("The capital of Australia is Canberra")
    expect(page.locator(".cr-answer")).not_to_contain_text("Not Sydney")
    expect(page.locator(".cr-number")).to_contain_text("%")

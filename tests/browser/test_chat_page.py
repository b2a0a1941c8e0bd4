"""What a person does in the chat, around a scripted model in a real browser."""

import json
import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from langchain_core.outputs import ChatGenerationChunk
from playwright.sync_api import Page, expect
from pydantic import PrivateAttr

from chains.engines.llama.restarts import Death, Pause
from chains.engines.scripted import DEMONSTRATION, ScriptedChatModel, ScriptedReply
from chains.errors import EngineStopped
from estimators.types import Assessment
from tests.browser.conftest import everything, finished, send

PROBES = DEMONSTRATION[:6]
ANSWER = "The capital of Australia is probably Canberra."


def says(text: str, probability: float = 0.9, **more: Any) -> ScriptedChatModel:
    """A model that answers with this text and replies to the probes as in the demonstration."""
    return ScriptedChatModel(replies=(*PROBES, ScriptedReply.of(text, probability, **more)))


class GatedModel(ScriptedChatModel):
    """Waits after the sixth token of the answer, and before the first probe, until it is released."""

    _gates: tuple[threading.Event, threading.Event] = PrivateAttr(
        default_factory=lambda: (threading.Event(), threading.Event())
    )

    def _stream(self, *args: Any, **options: Any) -> Iterator[ChatGenerationChunk]:
        for count, chunk in enumerate(super()._stream(*args, **options)):
            if (len(self.received), count) in ((1, 6), (2, 0)):
                self._gates[len(self.received) - 1].wait(60)
            yield chunk


def shown(page: Page) -> str:
    """The text of the answer as the page holds it: that of its tokens, which Markdown may show in pieces."""
    script = """node => {
      const tokens = [...node.querySelectorAll('.cr-token')].map(({ credence }) => [credence.index, credence.text]);
      return [...new Map(tokens).values()].join('');
    }"""
    return str(page.locator(".cr-answer").last.evaluate(script))


def test_tokens_are_tinted_before_the_answer_is_complete_and_the_panel_follows(
    chat: Callable[..., Page],
) -> None:
    model = GatedModel()
    page = chat(model)
    send(page, "What is the capital of Australia?")
    doubtful = page.locator(".cr-token.cr-doubtful", has_text="probably")
    expect(doubtful).to_be_visible()  # p = 0.34: dotted, and tinted by −ln 0.34 / 3 = 0.36
    assert doubtful.evaluate("node => node.style.getPropertyValue('--s')") == "0.360"
    expect(page.locator(".cr-status")).to_have_text("Answering …")
    assert shown(page) != ANSWER
    expect(page.locator(".cr-tag")).to_have_text("running")
    everything(page)
    expect(page.locator(".cr-side-column [data-key=all] .cr-dot.cr-hollow").first).to_be_visible()
    model._gates[0].set()
    expect(page.locator(".cr-status")).to_contain_text("Asking again")
    model._gates[1].set()
    finished(page)
    assert shown(page) == ANSWER
    expect(page.locator(".cr-number")).to_have_text("71 %")  # of “Canberra”
    expect(page.locator(".cr-tag")).to_have_text("uncalibrated")
    everything(page)
    lanes = page.locator("[data-key^=lane-] summary").all_inner_texts()
    assert len(lanes) == 10 and not any("asking" in lane for lane in lanes)
    # exp of the mean of ln .93 .98 .99 .99 .97 .34 .71 .96 = 0.818
    expect(page.locator("[data-key=gap]")).to_contain_text(
        "Stated certainty: 62 % on average; token probability: 82 %"
    )


def test_a_token_shows_its_alternatives_on_hover_focus_and_arrow_keys(chat: Callable[..., Page]) -> None:
    page = chat(ScriptedChatModel())
    send(page, "What is the capital of Australia?")
    finished(page)
    popup = page.locator(".cr-popup")
    page.locator(".cr-token", has_text="Canberra").hover()
    expect(popup).to_be_visible()
    rows = (" Canberra\n71 %", " Sydney\n22 %", " Melbourne\n5 %", " Perth\n1 %")
    assert popup.locator("li").all_inner_texts() == list(rows)
    page.mouse.move(2, 2)
    expect(popup).to_be_hidden()
    page.locator(".cr-answer .cr-token").first.focus()
    for _ in range(5):
        page.keyboard.press("ArrowRight")
    expect(popup.locator("b").first).to_have_text("34 %")
    page.keyboard.press("Escape")
    expect(popup).to_be_hidden()


def test_a_doubtful_answer_is_withheld_until_the_person_asks_for_it(chat: Callable[..., Page]) -> None:
    page = chat(says("It is Sydney.", 0.3))
    send(page, "Which city?")
    finished(page)
    expect(page.locator(".cr-advised")).to_contain_text("I would not rely on this: I was only 30 % sure")
    expect(page.locator(".cr-answer")).to_be_visible()
    page.get_by_role("radio", name="hide").click()
    expect(page.locator(".cr-advised")).to_be_hidden()
    banner = page.locator(".cr-banner")
    expect(banner).to_contain_text("I would rather not answer this:")
    expect(banner).to_contain_text("30 %")
    expect(page.locator(".cr-answer")).to_be_hidden()
    page.get_by_role("button", name="Ask differently").click()
    expect(page.get_by_label("Your question").first).to_have_value("Which city?")
    page.get_by_role("button", name="Cancel").click()
    page.get_by_role("button", name="Show the answer anyway").click()
    expect(page.locator(".cr-answer")).to_be_visible()
    expect(banner).to_be_visible()
    page.get_by_role("radio", name="leave").click()
    expect(banner).to_be_hidden()
    expect(page.locator(".cr-advised")).to_be_hidden()
    expect(page.locator(".cr-badge-open")).to_contain_text("30 %")
    page.reload()  # the choice is remembered in this browser
    expect(page.get_by_role("radio", name="leave")).to_have_attribute("aria-checked", "true")


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>window.hacked=1</script> <img src=x onerror=window.hacked=1>",
        "${window.hacked=1} `${window.hacked=1}` {{window.hacked}} \\${1}",
        "[click](javascript:window.hacked=1) ![x](http://evil.example/x.png) **bold**",
        "</pre></details></section><b onmouseover=window.hacked=1>x</b> &lt;i&gt;",
        "שלום עולם مرحبا 👩‍👩‍👧‍👦 🦘 naïve e\u0301 中文",
    ],
)
def test_any_text_is_shown_as_text_and_never_executed(chat: Callable[..., Page], hostile: str) -> None:
    page = chat(says(hostile))
    send(page, hostile)
    finished(page)
    assert shown(page) == hostile
    assert page.locator(".cr-question").text_content() == hostile
    everything(page)
    page.locator(".cr-fold summary", has_text="Asked again").click()
    page.locator(".cr-fold summary", has_text="Show the prompt").last.click()
    assert hostile in (page.locator(".cr-fold pre").last.text_content() or "")
    assert page.evaluate("window.hacked === undefined")


def test_an_empty_message_sends_nothing(chat: Callable[..., Page]) -> None:
    model = ScriptedChatModel()
    page = chat(model)
    send(page, "   ")
    send(page, "What is the capital of Australia?")
    finished(page)
    expect(page.locator(".cr-turn")).to_have_count(1)
    assert len(model.received) == 5  # the answer and four probes


def test_a_double_press_sends_once(chat: Callable[..., Page]) -> None:
    model = ScriptedChatModel()
    page = chat(model)
    box = page.get_by_placeholder("Ask something …")
    box.fill("What is the capital of Australia?")
    box.press("Enter")
    box.press("Enter")
    finished(page)
    page.wait_for_timeout(500)
    expect(page.locator(".cr-turn")).to_have_count(1)
    assert len(model.received) == 5


def test_the_same_message_typed_again_at_once_is_sent_again(chat: Callable[..., Page]) -> None:
    page = chat(ScriptedChatModel())
    send(page, "What is the capital of Australia?")
    finished(page)
    page.evaluate(
        """() => {  // a page so fast that all of this is within the time of a double press
          const stamp = performance.now();
          Object.defineProperty(Event.prototype, "timeStamp", { get: () => stamp });
        }"""
    )
    for turns in (2, 3):
        send(page, "What is the capital of Australia?")
        finished(page, turns)


def test_stop_keeps_the_text_so_far_and_the_chat_continues(chat: Callable[..., Page]) -> None:
    page = chat(ScriptedChatModel(replies=(*PROBES, ScriptedReply.of("word " * 300)), delay=0.05))
    send(page, "Talk.")
    expect(page.locator(".cr-answer .cr-token").nth(5)).to_be_visible()
    page.get_by_role("button", name="Stop").click()
    finished(page)
    expect(page.locator(".cr-note")).to_have_text("You stopped this answer.")
    assert 5 < page.locator(".cr-answer .cr-token").count() < 300
    assert page.locator("[data-key^=lane-] em", has_text="the model was not asked").count() == 5
    page.get_by_role("button", name="Remove this turn").click()
    expect(page.locator(".cr-turn")).to_have_count(0)
    expect(page.get_by_placeholder("Ask something …")).to_have_value("Talk.")


def test_an_engine_that_stops_says_so_and_nothing_typed_is_lost(chat: Callable[..., Page]) -> None:
    broken = replace(
        ScriptedReply.of("Half an", match="break"), error=EngineStopped("The engine stopped: send it again.")
    )
    page = chat(ScriptedChatModel(replies=(broken, *DEMONSTRATION)))
    send(page, "Please break")
    expect(page.get_by_role("alert")).to_have_text("The engine stopped: send it again.")
    assert shown(page) == "Half an"
    send(page, "What is the capital of Australia?")
    finished(page, turns=2)
    assert shown(page) == ANSWER


class PausingModel(ScriptedChatModel):
    """Its engine stays paused until the person tries now; then it waits before its first token until it is released."""

    _paused: bool = PrivateAttr(default=True)
    _gate: threading.Event = PrivateAttr(default_factory=threading.Event)

    @property
    def trouble(self) -> str:
        return "The engine was killed (signal 9), probably because memory ran out."

    def try_now(self) -> None:
        self._paused = False

    def _stream(self, *args: Any, **options: Any) -> Iterator[ChatGenerationChunk]:
        if self._paused:
            raise Pause(Death(self.trouble, "Free some memory"), 60.0).error(0.0)
        self._gate.wait(60)
        yield from super()._stream(*args, **options)


def test_a_paused_engine_can_be_tried_now_and_its_reason_stays_until_the_answer(
    chat: Callable[..., Page],
) -> None:
    model = PausingModel()
    page = chat(model)
    send(page, "What is the capital of Australia?")
    expect(page.get_by_role("alert")).to_have_text(
        "The engine was killed (signal 9), probably because memory ran out. Try again in 60 seconds to "
        "restart it. Free some memory."
    )
    expect(page.get_by_placeholder("Ask something …")).to_have_value("What is the capital of Australia?")
    page.get_by_role("button", name="Try now").click()
    expect(page.locator(".cr-note")).to_have_text(f"{model.trouble} It is restarting.")
    model._gate.set()
    finished(page)
    assert shown(page) == ANSWER
    expect(page.locator(".cr-turn")).to_have_count(1)
    expect(page.locator(".cr-note")).to_have_count(0)
    expect(page.get_by_role("button", name="Try now")).to_have_count(0)


def test_a_message_longer_than_the_context_names_both_lengths(chat: Callable[..., Page]) -> None:
    page = chat(ScriptedChatModel(profile={"max_input_tokens": 100}))
    send(page, "word " * 120)
    expect(page.get_by_role("alert")).to_contain_text(
        re.compile(r"is 1\d\d tokens long, but the model can read at most 100, of which 50 are reserved")
    )
    expect(page.get_by_placeholder("Ask something …")).to_have_value("word " * 120)


def test_old_turns_that_do_not_fit_are_dropped_and_named(chat: Callable[..., Page]) -> None:
    model = ScriptedChatModel(profile={"max_input_tokens": 70})
    page = chat(model)
    for turn in range(1, 4):
        send(page, f"Question number {turn}: what is the capital of Australia?")
        finished(page, turns=turn)
    expect(page.locator(".cr-note").last).to_contain_text("starting with “Question number 1")
    assert not any("Question number 1" in str(message.content) for message in model.received[-1])


def test_retry_edit_and_undo_keep_each_confidence_with_its_answer(chat: Callable[..., Page]) -> None:
    sure, unsure = ScriptedReply.of("Surely so.", 0.99, "first"), ScriptedReply.of("Maybe not.", 0.6)
    page = chat(ScriptedChatModel(replies=(*PROBES, unsure.__class__(unsure.tokens, "second"), sure, unsure)))
    send(page, "first question")
    finished(page, 1)
    send(page, "another question")
    finished(page, 2)
    expect(page.locator(".cr-number")).to_have_text("60 %")
    page.locator(".cr-badge-open").first.click()
    expect(page.locator(".cr-number")).to_have_text("99 %")
    page.get_by_role("button", name="Ask this again", exact=True).last.click()
    expect(page.locator(".cr-plan")).to_contain_text("At temperature 0 the same answer would come again.")
    page.locator(".cr-plan").get_by_label("Temperature").fill("0.5")
    page.keyboard.press("Enter")
    expect(page.locator(".cr-branches")).to_contain_text("Version 2 of 2")
    finished(page, 2)
    expect(page.locator(".cr-number")).to_have_text("60 %")
    page.get_by_role("button", name="Remove this turn").click()
    finished(page, 1)
    expect(page.locator(".cr-number")).to_have_text("99 %")
    page.get_by_role("button", name="Edit this question").click()
    page.locator(".cr-edit textarea").fill("second thoughts")
    page.locator(".cr-edit textarea").press("Enter")
    expect(page.locator(".cr-question")).to_have_text("second thoughts")
    finished(page, 1)
    expect(page.locator(".cr-number")).to_have_text("60 %")
    page.get_by_role("button", name="Previous version").click()
    expect(page.locator(".cr-question")).to_have_text("first question")
    expect(page.locator(".cr-number")).to_have_text("99 %")


def test_labels_are_written_and_the_conversation_exports_with_all_evidence(
    chat: Callable[..., Page], tmp_path: Path
) -> None:
    page = chat(ScriptedChatModel(), labels=tmp_path)
    send(page, "What is the capital of Australia?")
    finished(page)
    page.get_by_role("button", name="Yes").click()
    expect(page.get_by_role("button", name="Yes")).to_have_attribute("aria-pressed", "true")
    written = json.loads((tmp_path / "labels.jsonl").read_text())
    assert (written["question"], written["correct"]) == ("What is the capital of Australia?", True)
    with page.expect_download() as download:
        page.get_by_role("button", name="Export conversation").click()
    exported = json.loads(Path(download.value.path()).read_text())
    assert exported["turns"][0]["label"] == "yes"
    assessment = Assessment.from_dict(exported["turns"][0]["assessment"])
    assert assessment.evidence.answer.text == ANSWER
    assert sorted(assessment.evidence.probes) == ["likert_third", "numeric", "p_true_own", "p_true_third"]
    with page.expect_download() as download:
        page.get_by_role("button", name="Download labels").click()
    assert (
        json.loads(Path(download.value.path()).read_text())["assessment"]
        == exported["turns"][0]["assessment"]
    )


def test_a_server_without_log_probabilities_shows_missing_with_the_reason(chat: Callable[..., Page]) -> None:
    silent = tuple(replace(reply, logprobs=False) for reply in DEMONSTRATION)
    page = chat(ScriptedChatModel(replies=silent))
    send(page, "What is the capital of Australia?")
    finished(page)
    expect(page.locator(".cr-note")).to_have_text(
        "No token probabilities: the server sends no log-probabilities. A model on this machine can score the words: "
        "Settings, “Score words with”."
    )
    expect(page.locator(".cr-answer")).to_have_text(ANSWER)
    expect(page.locator("[data-key=lane-sequence_probability]")).to_contain_text("no log-probabilities")
    expect(page.locator("[data-key=lane-likert_third_label]")).to_contain_text("60 %")
    expect(page.locator(".cr-badge")).to_have_attribute("data-level", "none")
    expect(page.locator(".cr-badge")).to_contain_text("The server sends no log-probabilities.")


def test_folds_and_view_stay_as_the_person_left_them(chat: Callable[..., Page]) -> None:
    page = chat(ScriptedChatModel())
    send(page, "What is the capital of Australia?")
    finished(page)
    everything(page)
    fold = page.locator("details[data-key=words]")
    assert not fold.evaluate("node => node.open")
    fold.locator("summary").click()
    expect(fold).to_contain_text("probably (65–80 %)")
    page.get_by_role("radio", name="phrases").click()
    send(page, "And once more?")
    finished(page, 2)
    assert fold.evaluate("node => node.open")
    expect(page.locator(".cr-phrase sup").last).to_be_visible()
    page.reload()
    expect(page.get_by_role("radio", name="phrases")).to_have_attribute("aria-checked", "true")


@pytest.mark.parametrize("width", [390, 1280])
def test_nothing_is_wider_than_the_screen(chat: Callable[..., Page], width: int) -> None:
    page = chat(says("A. " + "unbrokenword" * 30 + " and so on", 0.4), width=width)
    send(page, "Which?\nA. " + "long" * 40 + "\nB. short")
    finished(page)
    everything(page)
    for title in ("In its words", "Asked again", "Details"):
        page.locator(".cr-fold > summary", has_text=title).click()
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_checking_consistency_states_its_cost_and_shows_the_candidates(chat: Callable[..., Page]) -> None:
    replaced = "All the other options listed here are wrong."
    stays = (ScriptedReply.of("B", match=f"B. {replaced}"), *DEMONSTRATION)
    model = ScriptedChatModel(replies=stays)
    page = chat(model)
    send(page, "Which one flies?\nA. dog\nB. bee")
    finished(page)
    before = len(model.received)
    page.get_by_role("button", name="Check consistency").click()
    expect(page.locator(".cr-plan p")).to_contain_text("Draws at most 10 samples and asks at most 2 short")
    assert len(model.received) == before
    page.get_by_role("button", name="Start").click()
    everything(page)
    page.locator(".cr-fold > summary", has_text=re.compile(r"^\s*Samples")).click()
    expect(page.locator(".cr-candidates li")).to_have_count(1)
    expect(page.locator(".cr-candidates")).to_contain_text("4 samples, 100 %")
    expect(page.locator(".cr-chain")).to_contain_text("the model stays with B")
    expect(page.locator("[data-key=lane-uf]")).to_contain_text("100 %")
    assert len(model.received) == before + 5  # four samples that agree are enough; one chain


def test_choosing_an_alternative_continues_as_a_branch_and_keeps_the_old_one(
    chat: Callable[..., Page],
) -> None:
    page = chat(ScriptedChatModel())
    send(page, "What is the capital of Australia?")
    finished(page)
    old = page.locator(".cr-answer").inner_text()
    page.locator(".cr-token", has_text="Canberra").click()
    page.locator(".cr-popup button", has_text="Sydney").click()
    expect(page.locator(".cr-branches")).to_contain_text("Version 2 of 2")
    expect(page.locator(".cr-branches")).to_contain_text("“Sydney” in place of “Canberra”")
    finished(page)
    assert page.locator(".cr-answer").inner_text().startswith(old.partition("Canberra")[0] + "Sydney")
    page.get_by_role("button", name="Previous version").click()
    expect(page.locator(".cr-branches")).to_contain_text("Version 1 of 2")
    assert page.locator(".cr-answer").inner_text() == old
    page.locator(".cr-token", has_text="Canberra").focus()  # the same by keyboard
    page.keyboard.press("Enter")
    expect(page.locator(".cr-popup button").first).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator(".cr-popup")).to_be_hidden()

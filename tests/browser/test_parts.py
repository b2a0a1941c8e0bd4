"""The chat and the panel inside another app."""

import gradio as gr
from playwright.sync_api import Page, expect

from chains import assess
from chains.engines.scripted import ScriptedChatModel
from tests.browser.conftest import finished, send
from tests.ports import free_port
from ui import ConfidenceChat, confidence_panel


def test_chat_and_panel_work_inside_other_blocks(page: Page) -> None:
    model = ScriptedChatModel()
    with gr.Blocks() as theirs:
        gr.Markdown("# Their app")
        confidence_panel(assess(model, "Which?\nA. one\nB. two"))
        ConfidenceChat(model)
    _, url, _ = theirs.launch(server_port=free_port(), quiet=True, prevent_thread_lock=True)
    try:
        page.goto(url)
        single, chat_panel = page.locator(".cr-panel").first, page.locator(".cr-panel").last
        expect(single.locator(".cr-number")).to_have_text("62 %")  # MSP of the demonstration's B
        send(page, "What is the capital of Australia?")
        finished(page)
        expect(chat_panel.locator(".cr-number")).to_have_text("71 %")
        expect(single.locator(".cr-number")).to_have_text("62 %")
        expect(page.locator(".cr-risk-text")).to_contain_text("Uncalibrated")
        expect(page.locator(".cr-risk-go")).to_be_hidden()  # their page has no Calibrate screen
        expect(page.get_by_role("tab", name="Calibrate")).to_be_hidden()
        assert (
            page.locator(".cr-answer .cr-token")
            .nth(5)
            .evaluate("t => getComputedStyle(t).textDecorationStyle")
            == "wavy"
        )
    finally:
        theirs.close(verbose=False)

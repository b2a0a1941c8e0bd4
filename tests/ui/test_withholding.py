"""What happens to a doubtful answer is a choice of the page: records, the endpoint and studies do not depend on it."""

import re
from typing import get_args

import gradio as gr
import pytest

from chains import assess
from chains.engines.scripted import DEMONSTRATION, ScriptedChatModel, ScriptedReply
from chains.settings import Settings
from study.design.model import Design
from ui import ConfidenceChat
from ui.risk import MODES, Withholding
from ui.study.conditions import answer_html

DOUBTFUL = ScriptedChatModel(replies=(*DEMONSTRATION[:6], ScriptedReply.of("It is Sydney.", 0.3)))


def first_mode(*chosen: Withholding) -> str:
    model = ScriptedChatModel()
    with gr.Blocks():
        chat = ConfidenceChat(model, withholding=chosen[0]) if chosen else ConfidenceChat(model)
    found = re.search(r'data-first="(\w+)"', str(chat.risk.html_template))
    assert found is not None
    return found.group(1)


def test_people_who_chat_see_a_mark_unless_the_app_chose_otherwise() -> None:
    assert first_mode() == "mark"
    assert [first_mode(mode.name) for mode in MODES] == list(get_args(Withholding))


def test_the_choice_is_no_setting_so_no_record_or_study_changes() -> None:
    assert "withholding" not in Settings.model_fields and "withholding" not in Design.model_fields


def test_the_decision_that_is_recorded_stays() -> None:
    decision = assess(DOUBTFUL, "Which city?").decision
    assert decision.abstain
    assert decision.reason == "I was only 30 % sure of the words that answer, and the threshold is 50 %"


@pytest.mark.parametrize("elements", [(), ("abstention_banner",)])
def test_a_study_shows_the_answer_and_its_own_banner(elements: tuple[str, ...]) -> None:
    html = answer_html(assess(DOUBTFUL, "Which city?"), elements)
    assert "It is Sydney." in html
    assert ("I would rather not answer this" in html) == bool(elements)
    assert "I would not rely on this" not in html

"""The endpoint for programs, called over HTTP."""

import json
from collections.abc import Iterator
from typing import Any

import gradio as gr
import httpx2
import pytest
from gradio_client import Client
from gradio_client.exceptions import AppError
from pytest import approx

from app import build
from chains.assess import assess
from estimators.types import Assessment
from tests.chains.script import OPTIONS, QUESTION, scripted
from tests.ports import free_port
from ui.api import add_api

JSON = {"Content-Type": "application/json"}


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    """A client of the whole page around a scripted model."""
    page = build(scripted())
    _, url, _ = page.launch(server_port=free_port(), run_history=False, quiet=True, prevent_thread_lock=True)
    connected = Client(url, verbose=False)
    yield connected
    connected.close()
    page.close(verbose=False)


def called(client: Client, **inputs: Any) -> Assessment:
    return Assessment.from_dict(client.predict(**inputs, api_name="/assess"))


def test_a_question_is_answered_and_assessed(client: Client) -> None:
    assessment = called(client, question=QUESTION)
    assert assessment.evidence.answer.text == "It is probably Canberra."
    assert assessment.decision.confidence == approx(0.4)  # of " Canberra"
    here = assess(scripted(), QUESTION)
    assert (assessment.signals, assessment.markers, assessment.decision) == (
        here.signals,
        here.markers,
        here.decision,
    )


def test_a_given_answer_is_scored(client: Client) -> None:
    assessment = called(client, question=QUESTION, answer="It is likely Sydney.")
    assert assessment.evidence.answer.text == "It is likely Sydney."
    assert [token.text for token in assessment.evidence.answer.tokens] == ["It", " is", " likely", " Sydney."]
    signal = assessment.signal("sequence_probability")
    assert signal is not None and signal.confidence == approx(0.9)
    again = called(client, question=QUESTION, answer="It is probably Canberra.")
    assert again.decision.confidence == approx(0.4)


def test_choices_become_options(client: Client) -> None:
    assessment = called(client, question="Which one flies?", choices=["dog", "bee"])
    assert assessment.evidence.question.text == OPTIONS
    assert assessment.evidence.options == ("dog", "bee")
    assert called(client, question=QUESTION, choices=[]).evidence.options == ()


@pytest.mark.parametrize(
    ("inputs", "sentence"),
    [
        ({"question": " \n"}, "question: this is empty."),
        ({"question": 5}, "question: this must be a text, not a number."),
        ({"question": QUESTION, "choices": "a, b"}, "choices: this must be a list, not a text."),
        ({"question": QUESTION, "choices": ["one"]}, "choices: give 2 to 26 texts of one line"),
        ({"question": "Which?\nA. a\nB. b", "choices": ["c", "d"]}, "no options in the question"),
    ],
)
def test_a_bad_request_returns_a_message(client: Client, inputs: dict[str, Any], sentence: str) -> None:
    with pytest.raises(AppError, match=sentence):
        client.predict(**inputs, api_name="/assess")


def test_half_a_character_is_refused(client: Client) -> None:
    data = json.dumps({"data": [QUESTION, "\ud83e", None]})  # as ASCII, which any program may send
    begun = httpx2.post(f"{client.src}gradio_api/call/assess", content=data, headers=JSON).json()
    reply = httpx2.get(f"{client.src}gradio_api/call/assess/{begun['event_id']}").text
    assert "event: error" in reply and "half a character" in reply


def test_the_endpoint_describes_its_parameters(client: Client) -> None:
    described = client.view_api(return_format="dict", print_info=False)["named_endpoints"]["/assess"]
    parameters = {
        parameter["parameter_name"]: parameter["parameter_has_default"]
        for parameter in described["parameters"]
    }
    assert parameters == {"question": False, "answer": True, "choices": True}


def test_it_can_be_added_to_any_page() -> None:
    with gr.Blocks() as page:
        add_api(scripted())
    assert [function.api_name for function in page.fns.values()] == ["assess"]
    page.close(verbose=False)

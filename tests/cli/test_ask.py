"""`credence ask`: the answer, the figure, and what a terminal gets."""

import io
import json
import math
import sys
from typing import Any

import pytest
from pytest import approx

from cli.__main__ import main
from cli.terminal import TINT, UNDERLINED_TINT, has_colours, tinted, visible
from estimators.types import Token

SURE = 0.71  # of “Canberra” in the answer of the demonstration
ASK = ("ask", "--model", "scripted")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_the_answer_then_the_figure_then_its_signals(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*ASK, "What is the capital of Australia?"]) == 0
    out = capsys.readouterr().out
    lines = out.splitlines()
    assert lines[0] == "The capital of Australia is probably Canberra."
    assert lines[2] == "71 %, not calibrated (this model has not been calibrated yet)."
    assert "  Token probability                  82 %" in lines
    assert lines[-1].startswith("scripted: 5 calls, ") and "\x1b" not in out


def test_json_has_everything(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*ASK, "--json", "What is the capital of Australia?"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed["confidence"] == approx(SURE)
    assert [token["text"] for token in printed["tokens"]][-2:] == [" Canberra", "."]


def test_an_answer_can_be_given_and_samples_drawn(capsys: pytest.CaptureFixture[str]) -> None:
    asked = ("Which one flies?", "--choice", "dog", "--choice", "bee", "--samples", "2", "--answer", "B. bee")
    assert main([*ASK, *asked]) == 0
    out = capsys.readouterr().out
    assert out.startswith("B. bee\n") and "  2 of 2 samples: bee" in out


def test_a_question_comes_from_standard_input(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("What is the capital of Australia?\n"))
    assert main([*ASK]) == 0
    assert "Canberra" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("",), "ask: The question is empty."),
        (("Which?", "--choice", "one"), "ask: choices: give 2 to 26 texts"),
        (("Why?", "--signal", "x"), "ask: --signal: there is no signal named x"),
        (("Why?", "--samples", "99"), "ask: --samples: draw at most 25"),
        (("Why?", "--model", "nonsense"), "is not the name of a model"),
    ],
)
def test_what_is_wrong_is_a_sentence(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], sentence: str
) -> None:
    assert main([*ASK, *arguments]) == 2
    assert sentence in capsys.readouterr().err


def test_a_terminal_gets_tints(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_COLOR", "TERM"):
        monkeypatch.delenv(name, raising=False)
    terminal: Any = Terminal()
    monkeypatch.setattr(sys, "stdout", terminal)
    assert main([*ASK, "What is the capital of Australia?"]) == 0
    assert f"is {UNDERLINED_TINT}probably\x1b[0m {TINT}Canberra\x1b[0m." in terminal.getvalue()


def test_who_gets_colours() -> None:
    assert has_colours(Terminal(), {}) and not has_colours(io.StringIO(), {})
    assert not has_colours(Terminal(), {"NO_COLOR": "1"}) and not has_colours(Terminal(), {"TERM": "dumb"})


def test_a_model_cannot_control_the_terminal() -> None:
    hostile = "\x1b]0;title\x07\x9b31m\u202eevil\r"
    assert not set(visible(hostile)) & {"\x1b", "\x07", "\x9b", "\u202e", "\r"}
    assert "\x1b]" not in tinted([Token(hostile, math.log(0.1))], True)
    assert visible("café\n\t→") == "café\n\t→"

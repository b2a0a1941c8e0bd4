"""Prompts: plain files, exact fields, a hash that tells versions apart."""

import hashlib
import re
from importlib.resources import files
from string import Template

import pytest

import prompts
from chains.pipeline.probing.probes import PROBE_KINDS
from prompts import Prompt, load

NAMES = sorted(
    file.name.removesuffix(".txt") for file in files(prompts).iterdir() if file.name.endswith(".txt")
)
QUESTION_FIRST = (
    "answer",
    "hedged",
    "options",
    "options_hedged",
    "quoted",
    "quoted_without_options",
    "choose",
    "stated",
)
BESIDE = {
    "quoted_dialogue",
    "others_wrong",
    "none_of_these",
    "claim_true",
    "claim_true_third",
    "agreement",
    "same_answer",
    "express_doubt",
}


def fields(name: str) -> dict[str, str]:
    return {field: f"<{field}>" for field in Template(load(name).template).get_identifiers()}


@pytest.mark.parametrize("name", NAMES)
def test_every_file_is_a_prompt(name: str) -> None:
    prompt = load(name)
    text = files(prompts).joinpath(f"{name}.txt").read_text(encoding="utf-8")
    assert text == prompt.template + "\n"  # one newline ends the file and none the prompt
    assert prompt.sha256 == hashlib.sha256(prompt.template.encode()).hexdigest()
    filled = prompt.fill(**fields(name))
    assert "$" not in filled
    assert all(value in filled for value in fields(name).values())


@pytest.mark.parametrize("name", NAMES)
def test_a_missing_or_unexpected_field_raises(name: str) -> None:
    values = fields(name)
    with pytest.raises(KeyError, match=rf"prompt {name}: missing \[\], unexpected \['other'\]"):
        load(name).fill(**values, other="x")
    for field in values:
        with pytest.raises(KeyError, match=rf"prompt {name}: missing \['{field}'\], unexpected \[\]"):
            load(name).fill(**{key: value for key, value in values.items() if key != field})


def test_a_prompt_that_does_not_exist_is_named() -> None:
    with pytest.raises(FileNotFoundError, match="no prompt named 'greeting'"):
        load("greeting")


def test_what_is_filled_in_is_no_template() -> None:
    text = "$question ${answer} $$ {x} `y` %s \\1"
    assert Prompt("echo", "<$text>", "").fill(text=text) == f"<{text}>"


def test_the_question_comes_first() -> None:
    for name in QUESTION_FIRST:
        assert load(name).template.startswith("$question")
    assert re.match(r"\$transcript\nPerson: \$question\n", load("quoted_dialogue").template)


def test_every_prompt_is_used() -> None:
    asked = {name for kind in PROBE_KINDS if not kind.again for name in kind.asks}
    assert asked.isdisjoint(QUESTION_FIRST)
    assert asked | set(QUESTION_FIRST) | BESIDE == set(NAMES)

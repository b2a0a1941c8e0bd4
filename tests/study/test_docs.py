"""The page on studies says what the code does: every measure, key, display and command."""

import re
from pathlib import Path

import pytest

from study.__main__ import MODULES
from study.analysis.measures import MEASURES
from study.design.displays import ELEMENTS
from study.design.flows import FLOWS
from study.design.model import Design
from study.design.reader import template_names
from study.design.templates import NAMES
from study.tables.codebook import TABLES

pytestmark = pytest.mark.repository

PAGE = Path(__file__).parents[2] / "docs" / "study.md"
TEXT = (
    PAGE.read_text(encoding="utf-8") if PAGE.is_file() else ""
)  # the wheel's tests are collected without it
PLAIN = TEXT.replace("\\|", "|")


def test_the_page_defines_every_measure_as_its_function_does() -> None:
    for measure in MEASURES:
        assert f"| {measure.title} (`{measure.name}`) | {measure.says} |" in PLAIN
        whole = " ".join((measure.of.__doc__ or "").split()).replace("'", "’")
        assert whole.removeprefix(measure.says).strip() in PLAIN, measure.name


def test_every_key_of_a_design_and_every_display_is_named() -> None:
    named = set(re.findall(r"`([a-z_-]+)`", TEXT))
    assert set(Design.model_fields) <= named
    assert {name.replace("_", "-") for name in ELEMENTS} <= named
    assert {*(flow.name for flow in FLOWS), *TABLES} <= named
    assert all(f"template: {name}" in TEXT for name in template_names())


def test_every_command_of_the_walk_through_exists() -> None:
    used = re.findall(r"python -m study (\w+)", TEXT)
    assert {"new", "check", "freeze", "serve", "export", "analyse"} == set(used) <= set(MODULES)
    assert set(re.findall(r"study new ([a-z-]+)", TEXT)) <= set(NAMES)

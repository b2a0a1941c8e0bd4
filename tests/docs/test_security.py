"""Every test that the threat model names exists, and the settings it lists are read."""

import ast
import re
from pathlib import Path

import pytest

pytestmark = pytest.mark.repository

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")


def all_tests() -> set[str]:
    """The names of all tests."""
    return {
        node.name
        for file in (ROOT / "tests").rglob("test_*.py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.name.startswith("test_")
    }


def test_the_tests_that_are_named_exist() -> None:
    named = set(re.findall(r"`(test_\w+)`", PAGE))
    assert len(named) > 25 and named - all_tests() == set()


def test_every_line_of_the_threat_model_names_a_test_or_says_that_there_is_none() -> None:
    table = PAGE.partition("## What could happen")[2].partition("##")[0]
    lines = [line for line in table.splitlines() if line.startswith("|")][2:]
    assert len(lines) > 15
    assert [line for line in lines if not line.rstrip("| ").endswith(("`", "–"))] == []


def test_the_settings_are_those_that_the_code_reads() -> None:
    code = (ROOT / "service" / "guards" / "public.py").read_text(encoding="utf-8")
    described = set(re.findall(r"^\| `(CREDENCE_\w+)=", PAGE, re.MULTILINE))
    assert described == set(re.findall(r'"(CREDENCE_\w+)"', code))

"""The worked examples of the documentation give the numbers that it says."""

import doctest
import re
from pathlib import Path

import pytest

from estimators import ESTIMATORS

METHODS = Path(__file__).parent.parent / "docs" / "methods.md"

pytestmark = pytest.mark.repository


def test_every_worked_example_of_the_methods_is_so() -> None:
    flags = doctest.NORMALIZE_WHITESPACE
    failed, tried = doctest.testfile(str(METHODS), module_relative=False, optionflags=flags)
    assert failed == 0 and tried > 20


def test_every_signal_has_a_section_with_its_cost_and_an_example() -> None:
    sections = [
        part for part in METHODS.read_text(encoding="utf-8").split("\n## ") if "`" in part.split("\n")[0]
    ]
    named: set[str] = set()
    for section in sections:
        if "Cost:" not in section or ">>> " not in section:
            continue
        for name in re.findall(r"`([^`]+)`", section.split("\n")[0]):
            named |= {one.name for one in ESTIMATORS if re.fullmatch(_pattern(name), one.name)}
    assert named == {one.name for one in ESTIMATORS}


def _pattern(name: str) -> str:
    """`likert_{own,third}[_oc]` as a regular expression."""
    chosen = re.sub(r"\{([^}]+)\}", lambda found: f"(?:{found[1].replace(',', '|')})", name)
    return re.sub(r"\[([^]]+)\]", r"(?:\1)?", chosen)

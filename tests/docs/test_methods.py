"""The worked examples in docs/methods.md give the numbers that are printed there."""

import doctest
import re
from pathlib import Path

import pytest

from estimators import ESTIMATORS

METHODS = Path(__file__).parents[2] / "docs" / "methods.md"

pytestmark = pytest.mark.repository


def test_every_worked_example_is_right() -> None:
    flags = doctest.NORMALIZE_WHITESPACE
    failed, tried = doctest.testfile(str(METHODS), module_relative=False, optionflags=flags)
    assert failed == 0 and tried > 20


def test_every_signal_has_a_section_with_its_cost_and_an_example() -> None:
    signals = {estimator.name for estimator in ESTIMATORS}
    sections = [
        part for part in METHODS.read_text(encoding="utf-8").split("\n## ") if "`" in part.split("\n")[0]
    ]
    described: set[str] = set()
    for section in sections:
        if "Cost:" not in section or ">>> " not in section:
            continue
        for name in re.findall(r"`([^`]+)`", section.split("\n")[0]):
            described |= {signal for signal in signals if re.fullmatch(_pattern(name), signal)}
    assert described == signals


def _pattern(name: str) -> str:
    """`likert_{own,third}[_oc]` as a regular expression."""
    alternatives = re.sub(r"\{([^}]+)\}", lambda braces: f"(?:{braces[1].replace(',', '|')})", name)
    return re.sub(r"\[([^]]+)\]", r"(?:\1)?", alternatives)

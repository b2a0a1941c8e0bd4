"""A flow is one object: no other code checks its name, and its own rules decide."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from study.design.flows import FLOWS, LastAnswer, flow_of_row
from study.design.model import Design
from study.design.reader import parse_design
from tests.study.studies import design_text

ROOT = Path(__file__).parents[3]
NAMES = {flow.name for flow in FLOWS}


def comparisons(tree: ast.AST) -> Iterator[str]:
    """The flows that code compares with by name: with an operator, in a match, or as the key of a mapping."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare | ast.MatchValue):
            texts = [part.value for part in ast.walk(node) if isinstance(part, ast.Constant)]
        elif isinstance(node, ast.Dict):
            texts = [key.value for key in node.keys if isinstance(key, ast.Constant)]
        else:
            continue
        yield from (str(text) for text in texts if text in NAMES)


@pytest.mark.repository
@pytest.mark.parametrize("folder", ["study", "ui", "app.py"])
def test_nothing_compares_with_the_name_of_a_flow(folder: str) -> None:
    paths = sorted((ROOT / folder).rglob("*.py")) or [ROOT / folder]
    places = [
        (path.relative_to(ROOT), name)
        for path in paths
        for name in comparisons(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert places == []


@pytest.mark.parametrize(
    "source",
    [
        "design.flow == 'annotation'",
        "flow in ('own-answer-first', 'other')",
        "{'free-chat': 'chat'}[flow]",
        "match flow:\n    case 'accept-reject':\n        pass",
    ],
)
def test_a_comparison_is_found(source: str) -> None:
    assert len(list(comparisons(ast.parse(source)))) == 1


def test_a_design_is_stored_with_the_name_of_its_flow_and_read_again() -> None:
    design = parse_design(design_text("accept-reject"))
    stored = design.model_dump_json()
    assert '"flow":"accept-reject"' in stored
    assert Design.model_validate_json(stored) == design and design.flow is FLOWS[1]


@pytest.mark.parametrize(
    ("name", "accepted", "agrees", "correct", "counted"),
    [
        ("accept-reject", True, False, False, (True, False)),
        ("accept-reject", False, True, True, (False, True)),  # a wrong answer rejected
        ("accept-reject", None, True, True, (None, None)),
        ("own-answer-first", None, True, False, (True, False)),
        ("a flow of another version", None, False, True, (False, True)),
    ],
)
def test_how_the_last_answer_counts(
    name: str, accepted: bool | None, agrees: bool, correct: bool, counted: tuple[bool | None, bool | None]
) -> None:
    assert flow_of_row(name).counts(LastAnswer(accepted, agrees, correct, ai_correct=False)) == counted

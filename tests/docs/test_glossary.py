"""The glossary names only what exists in the code."""

import re
from pathlib import Path

import pytest

pytestmark = pytest.mark.repository

ROOT = Path(__file__).parents[2]
PACKAGES = ("chains", "estimators", "evaluation", "training", "ui")


def rows() -> list[list[str]]:
    lines = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8").splitlines()
    table = [line for line in lines if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("| ").split(" | ")] for line in table[1:]]


def code_names() -> set[str]:
    return {name.rstrip("…_") for row in rows() for name in re.findall(r"`([^`]+)`", row[2])}


def test_every_row_has_a_term_a_meaning_a_name_and_a_label() -> None:
    assert len(rows()) > 30
    assert [row for row in rows() if len(row) != 4 or not all(row)] == []


def test_every_name_exists_in_the_code() -> None:
    paths = [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]
    sources = "\n".join(path.read_text(encoding="utf-8") for path in paths)
    words = (
        set(re.findall(r"\w+", sources))
        | {path.stem for path in paths}
        | {path.parent.name for path in paths}
    )
    absent = [name for name in code_names() if not set(re.findall(r"\w+", name)) <= words]
    # Parts of names that are put together: `likert_…_label`.
    assert [name for name in absent if re.split("[…_]", name.lstrip("_"))[0] not in words] == []

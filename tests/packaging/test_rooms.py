"""Folders stay small, and each says what belongs in it."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from hatch_build import PACKAGES

pytestmark = pytest.mark.repository

ROOT = Path(__file__).parents[2]
MOST_MODULES = 15  # at one level, without __init__


def folders(root: Path) -> Iterator[Path]:
    """The folders of our packages that hold modules."""
    for package in PACKAGES:
        modules = (root / package).rglob("*.py")
        yield from sorted({module.parent for module in modules if "__pycache__" not in module.parts})


def crowded(root: Path) -> list[str]:
    """Folders with too many modules, with their number."""
    sizes = {folder: len(list(folder.glob("*.py"))) - 1 for folder in folders(root)}
    return [f"{folder.relative_to(root)}: {size}" for folder, size in sizes.items() if size > MOST_MODULES]


def undescribed(root: Path) -> list[str]:
    """Folders without an ``__init__``, or with one that has no docstring."""
    descriptions = {folder: folder / "__init__.py" for folder in folders(root)}
    return [
        str(folder.relative_to(root))
        for folder, file in descriptions.items()
        if not file.is_file() or not ast.get_docstring(ast.parse(file.read_text(encoding="utf-8")))
    ]


def test_no_folder_is_crowded() -> None:
    assert list(folders(ROOT))
    assert crowded(ROOT) == []


def test_every_folder_says_what_lives_there() -> None:
    assert undescribed(ROOT) == []


def test_a_crowded_folder_and_a_missing_docstring_are_found(tmp_path: Path) -> None:
    full, empty = tmp_path / "chains" / "full", tmp_path / "chains" / "empty"
    for folder in (full, empty):
        folder.mkdir(parents=True)
    (full / "__init__.py").write_text('"""Modules."""')
    for number in range(MOST_MODULES):
        (full / f"module_{number}.py").touch()
    (empty / "__init__.py").touch()
    assert (crowded(tmp_path), undescribed(tmp_path)) == ([], ["chains/empty"])
    (full / "one_more.py").touch()
    assert crowded(tmp_path) == [f"chains/full: {MOST_MODULES + 1}"]

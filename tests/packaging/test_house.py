"""Names the design rules out."""

from collections.abc import Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.repository

ROOT = Path(__file__).parents[2]
# Not ours: made by tools, or what a person's study collected.
NOT_SOURCE = {"build", "dist", "credence-data", "__pycache__", "node_modules"}


def source_files(folder: Path = ROOT) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        if path.name.startswith(".") or path.name in NOT_SOURCE or path.name.endswith(".egg-info"):
            continue
        if path.is_dir():
            yield from source_files(path)
        else:
            yield path


def parts(path: Path) -> set[str]:
    return set(path.relative_to(ROOT).with_suffix("").parts)


def test_no_module_has_a_name_that_says_nothing() -> None:
    empty = {"core", "utils", "helpers", "manager", "base"}
    files = [path for path in source_files() if path.relative_to(ROOT).parts[0] != "tests"]
    assert files
    assert [str(path) for path in files if parts(path) & empty] == []


def test_no_folder_shadows_a_library() -> None:
    shadows = {"datasets", "evaluate"}
    assert [str(path) for path in source_files() if parts(path.parent / "x") & shadows] == []


def test_every_prompt_is_a_text_file() -> None:
    files = [path for path in source_files(ROOT / "prompts") if path.suffix != ".py"]
    assert [path.name for path in files if path.suffix != ".txt"] == []

"""The documentation names only files, folders, modules and commands that exist, and its pictures match their sources."""

import re
from importlib import import_module
from pathlib import Path

import pytest

from evaluation.__main__ import MODULES as EVALUATION
from study.__main__ import MODULES as STUDY
from training.__main__ import MODULES as TRAINING

pytestmark = pytest.mark.repository

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    *sorted(DOCS.rglob("*.md")),
    *sorted((ROOT / "evaluation").rglob("*.md")),
]
FOLDERS = "benchmarks|chains|cli|docs|estimators|evaluation|files|prompts|service|study|tests|training|ui"
PATH = re.compile(rf"(?<![\w./-])(?:{FOLDERS})/[\w./-]*\w(?:/|\.\w+)")
NAME = re.compile(rf"`((?:{FOLDERS})(?:\.\w+)+)")
MODULE = re.compile(rf"python -m ((?:{FOLDERS})(?:\.\w+)*)")
COMMAND = re.compile(r"python -m (evaluation|study|training)\s+([a-z][\w-]+)")
COMMANDS = {"evaluation": EVALUATION, "study": STUDY, "training": TRAINING}


def read(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def by_place(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def exists(name: str) -> bool:
    """Whether a dotted name is one of our modules, or something in one."""
    path = ROOT / name.replace(".", "/")
    if path.is_dir() or path.with_suffix(".py").is_file():
        return True
    module, _, attribute = name.rpartition(".")
    return hasattr(import_module(module), attribute)


def runs(module: str) -> bool:
    """Whether ``python -m`` runs a module."""
    path = ROOT / module.replace(".", "/")
    return 'if __name__ == "__main__":' in read(
        path / "__main__.py" if path.is_dir() else path.with_suffix(".py")
    )


def folders() -> list[str]:
    """The folders of our packages that hold modules, as paths."""
    packages = set(FOLDERS.split("|")) - {"tests"}
    return sorted(
        by_place(init.parent) for package in packages for init in (ROOT / package).rglob("__init__.py")
    )


@pytest.mark.parametrize("page", PAGES, ids=by_place)
def test_every_path_that_is_named_exists(page: Path) -> None:
    text = read(page)
    created = set(re.findall(r"^# new file: (\S+)$", text, re.MULTILINE))
    paths = set(PATH.findall(text)) - created
    assert (
        sorted(path for path in paths if not ((ROOT / path).exists() or (page.parent / path).exists())) == []
    )


@pytest.mark.parametrize("page", PAGES, ids=by_place)
def test_every_module_and_command_that_is_named_exists(page: Path) -> None:
    text = read(page)
    assert sorted(name for name in set(NAME.findall(text)) if not exists(name)) == []
    assert sorted(module for module in set(MODULE.findall(text)) if not runs(module)) == []
    commands = set(COMMAND.findall(text))
    assert sorted(pair for pair in commands if pair[1] not in COMMANDS[pair[0]]) == []


@pytest.mark.parametrize("page", PAGES, ids=by_place)
def test_every_link_leads_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([\w-]*[./][\w./-]*)[)#]", read(page))
    assert sorted(link for link in links if not (page.parent / link).exists()) == []


def test_the_design_describes_every_folder() -> None:
    described: set[str] = set()
    for line in read(DOCS / "design.md").splitlines():
        if line.startswith("| `"):
            first, text = line.split(" | ", 1)
            rows = re.findall(r"`([^`]+)/`", first)
            described |= {*rows, *(f"{row}/{name}" for row in rows for name in re.findall(r"`(\w+)/`", text))}
    assert [folder for folder in described if not (ROOT / folder).is_dir()] == []
    assert [folder for folder in folders() if folder not in described] == []


def test_the_picture_of_the_message_names_existing_files_and_is_rendered() -> None:
    source = (DOCS / "message-flow.dot").read_text(encoding="utf-8")
    paths = re.findall(r"\\n((?:ui|chains|estimators)/[\w./]*)", source)
    assert len(paths) > 5 and [path for path in paths if not (ROOT / path).exists()] == []
    picture = (DOCS / "message-flow.svg").read_text(encoding="utf-8")
    assert [path for path in paths if f">{path}<" not in picture] == []


def test_the_index_lists_every_page() -> None:
    index = read(DOCS / "README.md")
    assert [
        page.name for page in DOCS.glob("*.md") if page.name != "README.md" and page.name not in index
    ] == []

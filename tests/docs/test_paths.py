"""The documentation names only files and folders that exist, and its pictures are rendered from their sources."""

import re
from pathlib import Path

import pytest

pytestmark = pytest.mark.repository

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted(DOCS.glob("*.md"))]
PATH = re.compile(
    r"(?:app|benchmarks|chains|docs|estimators|evaluation|prompts|study|tests|training|ui)/[\w./-]*\w\.\w+"
)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_file_that_is_named_exists(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    made = set(re.findall(r"^# new file: (\S+)$", text, re.MULTILINE))
    paths = {path for path in PATH.findall(text) if f"/{path}" not in text} - made
    assert sorted(path for path in paths if not (ROOT / path).exists()) == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([\w-]*[./][\w./-]*)[)#]", page.read_text(encoding="utf-8"))
    assert sorted(link for link in links if not (page.parent / link).exists()) == []


def test_the_picture_of_the_message_names_existing_files_and_is_rendered() -> None:
    source = (DOCS / "message-flow.dot").read_text(encoding="utf-8")
    paths = re.findall(r"\\n((?:ui|chains|estimators)/[\w./]*)", source)
    assert len(paths) > 5 and [path for path in paths if not (ROOT / path).exists()] == []
    picture = (DOCS / "message-flow.svg").read_text(encoding="utf-8")
    assert [path for path in paths if f">{path}<" not in picture] == []


def test_the_index_lists_every_page() -> None:
    index = (DOCS / "README.md").read_text(encoding="utf-8")
    assert [
        page.name for page in DOCS.glob("*.md") if page.name != "README.md" and page.name not in index
    ] == []

"""What a Markdown text becomes: the constructs of everyday answers, and hostile ones."""

import html
import time
from typing import Any

import pytest

from tests.ui.hostile import HOSTILE
from tests.ui.markdown.texts import ANSWER, depth, pieces, tags
from ui.markdown.page import page_blocks
from ui.markdown.parse import MOST, parse
from ui.markdown.tree import Element, visible_text


def blocks(text: str, growing: bool = False) -> list[dict[str, Any]]:
    return page_blocks(text, [], growing).rows


def shown(text: str, growing: bool = False) -> str:
    return "".join(text for _, text, *_ in pieces(blocks(text, growing)))


def test_an_everyday_answer_has_all_its_constructs() -> None:
    assert set(tags(blocks(ANSWER))) == {
        "h1", "h2", "p", "math", "strong", "em", "del", "ol", "ul", "li", "pre", "blockquote", "table", "tr", "th", "td",
        "code", "a", "hr",
    }  # fmt: skip


def test_tables_keep_their_alignment_and_escaped_bars() -> None:
    (table,) = blocks("| a | b |\n|:-:|--:|\n| `x\\|y` | 2 |\n")
    head, row = table["children"]
    assert [cell["tag"] for cell in head["children"]] == ["th", "th"]
    assert [cell["align"] for cell in row["children"]] == ["center", "right"]
    assert "".join(text for _, text in pieces([row])) == "x|y2"


def test_code_has_its_language_and_colours() -> None:
    (code,) = blocks("```Python title=x\ndef f():\n    return 1\n```")
    assert code["language"] == "Python"
    assert [-1, "def", "k"] in code["children"] and [-1, "f", "f"] in code["children"]
    assert shown("```nolanguage\nx = 1\n```") == "x = 1"


def test_single_line_breaks_are_kept() -> None:
    assert shown("roses\nviolets<br>sugar  \nyou") == "roses\nviolets\nsugar\nyou"


@pytest.mark.parametrize(
    ("text", "display"),
    [("$x$", False), (r"\(x\)", False), ("$$x$$", True), (r"\[x\]", True), ("\\[\nx\n\n- y_1\n\\]", True)],
)
def test_every_delimiter_of_a_formula_is_read(text: str, display: bool) -> None:
    (paragraph,) = blocks(f"It is {text}.")
    (formula,) = (child for child in paragraph["children"] if isinstance(child, dict))
    assert (formula["tag"], formula["display"]) == ("math", display)


@pytest.mark.parametrize(
    "text",
    [
        "US$5 to US$6",
        "$5-$10",
        "`$x$`",
        r"`\(x\)`",
        "```\n$$x$$\n```",
        "$x^{$",
        r"\(\newcommand{\a}{\a\a}\a\)",
        r"\\(x\\)",
    ],
)
def test_what_is_no_formula_stays_text(text: str) -> None:
    assert "math" not in set(tags(blocks(text)))
    assert "x" not in text or "x" in shown(text)


def link(text: str) -> dict[str, Any] | None:
    links = [
        child for child in blocks(text)[0]["children"] if isinstance(child, dict) and child["tag"] == "a"
    ]
    return links[0] if links else None


@pytest.mark.parametrize(
    ("text", "href", "host"),
    [
        ("[rules](https://example.org/a)", "https://example.org/a", "example.org"),
        ("[example.org](https://example.org/a)", "https://example.org/a", None),
        ("[bank.example](https://evil.example)", "https://evil.example", "evil.example"),
        ("[x](https://bank.example@evil.example)", "https://bank.example@evil.example", "evil.example"),
        ("[x](https://bаnk.example)", "https://bаnk.example", "xn--bnk-6cd.example"),  # a Cyrillic а
        ("<https://example.org>", "https://example.org", None),
        ("see https://example.org/a_b.", "https://example.org/a_b", None),
        ("[x][r]\n\n[r]: https://example.org", "https://example.org", "example.org"),
        ("<me@example.org>", "mailto:me@example.org", None),
        ("![alt](https://example.org/x.png)", "https://example.org/x.png", "example.org"),
    ],
)
def test_a_link_says_where_it_leads(text: str, href: str, host: str | None) -> None:
    found = link(text)
    assert found is not None
    assert (found["href"], found.get("host")) == (href, host)


@pytest.mark.parametrize(
    "address",
    ["javascript:alert(1)", "JaVaScRiPt:alert(1)", "data:text/html,x", "vbscript:x", "file:///etc/passwd",
     "//evil.example", "/a", "#a", "javascript&#58;alert(1)", "&#1;javascript:alert(1)", "java&#10;script:alert(1)", "https://"],
)  # fmt: skip
@pytest.mark.parametrize("pattern", ["[click]({})", "![click]({})", "[click][r]\n\n[r]: {}", "<{}>"])
def test_other_addresses_are_shown_as_text(address: str, pattern: str) -> None:
    text = pattern.format(address)
    assert "a" not in set(tags(blocks(text)))
    assert html.unescape(text.partition("\n")[0]) in html.unescape(shown(text).replace("\x01", ""))


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_makes_only_elements_of_markdown(text: str) -> None:
    assert set(tags(blocks(text))) <= {"p", "code", "ul", "li", "a", "pre"}
    assert shown("<img src=x onerror=alert(1)>") == "<img src=x onerror=alert(1)>"


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    "part", [">", "- ", "1. ", "> - ", "[", "![", "*", "*a **b ", "`a ", "$a ", r"\(", r"\[x ", "$$", "~~", "<",
     "&amp;", "|a", "\n\n\\["]
)  # fmt: skip
@pytest.mark.parametrize("growing", [False, True])
def test_nesting_and_repetition_are_bounded(part: str, growing: bool) -> None:
    text = part * (8000 // len(part))
    start = time.process_time()
    rows = page_blocks(text, [], growing).rows
    assert time.process_time() - start < 5
    assert depth(rows) < 60


def test_a_very_long_text_is_shown_as_it_is() -> None:
    (block,) = parse("# a\n" * (MOST // 4 + 1))
    assert block.tag == "p"


# ---- while it is written -------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("It is **very", {"p", "strong"}),
        ("It is **", {"p"}),
        ("```py\nx = **", {"pre"}),
        ("a `co", {"p", "code"}),
        ("| a | b", {"table", "tr", "th"}),
        ("| a | b |\n|--", {"table", "tr", "th"}),
        ("see [this](https://exam", {"p"}),
        ("\\[ x_1 + \n- y", {"p", "code"}),
        ("Text\n-", {"p"}),
        ("- a\n- **b", {"ul", "li", "strong"}),
    ],
)
def test_an_unfinished_construct_looks_as_it_will(text: str, expected: set[str]) -> None:
    assert set(tags(blocks(text, growing=True))) == expected
    assert "**" not in shown(text, growing=True) or "```" in text


def test_an_unfinished_link_is_its_text() -> None:
    assert shown("see [this](https://exam", growing=True) == "see this"


def test_the_visible_text_of_an_element() -> None:
    (paragraph,) = parse("a **b** $x$")
    assert isinstance(paragraph, Element) and visible_text(paragraph.children) == "a b "

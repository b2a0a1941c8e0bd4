"""No token of an answer is lost in its Markdown, and every visible character belongs to its token."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.ui.markdown.texts import ANSWER, TEXTS, pieces, split
from ui.markdown.page import PageBlocks, page_blocks
from ui.markdown.parse import parse
from ui.markdown.tree import Element, Formula, Run

SYNTAX = st.sampled_from(
    ["**", "*", "`", "```", "\n", "\n\n", "# ", "- ", "1. ", "> ", "| ", "|---|", "[", "](https://a.b)", "$", "$$",
     r"\[", r"\]", r"\(", r"\)", "~~", "<b>", "&amp;", "\\", "---", "    ", " ", "a",
     "é", "word", "👩‍👧", "[r]: https://c.d", "![", "[x] "]
)  # fmt: skip
MARKDOWN = st.lists(SYNTAX, max_size=40).map("".join)


def check(text: str, tokens: list[str], growing: bool) -> None:
    shown = list(pieces(page_blocks(text, tokens, growing).rows))
    assert {index for index, *_ in shown} == set(range(len(tokens)))
    assert [index for index, *_ in shown] == sorted(index for index, *_ in shown)
    for index, piece, *_ in shown:
        assert piece in tokens[index] or piece in {
            "&",
            "<",
            "☑ ",
            "☐ ",
            "\n",
            "image",
            "a.b",
            "�",
            "example.org",
        }, piece


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("growing", [False, True])
def test_every_token_is_a_piece_or_a_mark(text: str, growing: bool) -> None:
    if "\ud800" not in text:
        check(text, split(text), growing)
    check(text.replace("\ud800", "�"), list(text.replace("\ud800", "�")), growing)


@given(MARKDOWN, st.integers(1, 7), st.booleans())
@settings(max_examples=300)
def test_every_token_of_any_text_is_a_piece_or_a_mark(text: str, length: int, growing: bool) -> None:
    check(text, [text[start : start + length] for start in range(0, len(text), length)], growing)


def leaves(nodes: tuple[Element | Run | Formula, ...]) -> list[Run | Formula]:
    return [
        leaf for node in nodes for leaf in (leaves(node.children) if isinstance(node, Element) else [node])
    ]


@given(MARKDOWN, st.booleans())
@settings(max_examples=300)
def test_places_are_in_order_and_inside_the_source(text: str, growing: bool) -> None:
    position = 0
    for leaf in leaves(parse(text, growing)):
        assert position <= leaf.start <= leaf.end <= len(text)
        position = leaf.end
        if isinstance(leaf, Run) and leaf.literal and leaf.text != "\n":
            assert leaf.text == text[leaf.start : leaf.end]


def test_a_token_of_syntax_alone_is_a_mark_at_its_neighbour() -> None:
    tokens = ["#", " Title", "\n\n", "a", " **", "b", "**", " c", "\n", "---", "\n"]
    heading, _ = page_blocks("".join(tokens), tokens).rows
    assert heading["children"] == [[0, ""], [1, "Title"], [2, ""]]
    tokens = ["- ", "a", "\n", "-", " b", "\n\n", "```", "py", "\n", "x", "\n", "```"]
    items, code = page_blocks("".join(tokens), tokens).rows
    assert [item["children"] for item in items["children"]] == [
        [[0, ""], [1, "a"], [2, ""]],
        [[3, ""], [4, "b"], [5, ""]],
    ]
    assert code["children"] == [[6, ""], [7, ""], [8, ""], [9, "x"], [10, ""], [11, ""]]


def test_a_token_across_an_element_is_a_piece_on_both_sides() -> None:
    (paragraph,) = page_blocks("a *bc* d", ["a *b", "c* d"]).rows
    assert paragraph["children"] == [[0, "a "], {"tag": "em", "children": [[0, "b"], [1, "c"]]}, [1, " d"]]


def test_the_marks_of_a_formula_are_its_tokens() -> None:
    tokens = ["So", " $", "x", "^", "2", "$", "."]
    (paragraph,) = page_blocks("".join(tokens), tokens).rows
    assert paragraph["children"][2]["tag"] == "math"
    assert [index for index, _ in paragraph["children"][2]["children"]] == [1, 2, 3, 4, 5]


def test_a_text_without_tokens_is_drawn_as_well() -> None:
    (paragraph,) = page_blocks("a **b**", []).rows
    assert paragraph["children"] == [[-1, "a "], {"tag": "strong", "children": [[-1, "b"]]}]


@pytest.mark.parametrize("step", [1, 3])
def test_an_answer_that_grows_is_drawn_as_if_read_at_once(step: int) -> None:
    tokens, blocks = split(ANSWER), PageBlocks([])
    for count in range(1, len(tokens) + 1, step):
        text = "".join(tokens[:count])
        before = blocks
        blocks = page_blocks(text, tokens[:count], True, before)
        assert {index for index, *_ in pieces(blocks.rows)} == set(range(count))
        assert list(before.settled.rows) == blocks.rows[: len(before.settled.rows)]
    assert (
        sum(row not in blocks.rows for row in page_blocks(ANSWER, tokens).rows) <= 1
    )  # the definition at the end


def test_a_block_is_sent_again_only_if_its_drawing_changes() -> None:
    first = page_blocks("a\n\nb", ["a", "\n\n", "b"]).drawn
    second = page_blocks("a\n\nbc", ["a", "\n\n", "b", "c"]).drawn
    assert first[0] == second[0] and first[1] != second[1]

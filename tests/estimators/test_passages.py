"""Which parts of an answer claim something."""

import itertools

from estimators.passages import passages


def claims(text: str) -> list[str]:
    return [text[slice(*passage.claim)] for passage in passages(text) if passage.claim]


def pieces(text: str) -> list[str]:
    return [text[slice(*passage.span)] for passage in passages(text)]


def test_code_is_one_passage_and_claims_nothing() -> None:
    code = "```python\nif n <= 0:\n    return 1\n\nprint(f(5)). # Done. Really.\n```"
    text = f"The function is recursive.\n{code}\nIt ends at zero or below."
    assert pieces(text) == ["The function is recursive.", code, "It ends at zero or below."]
    assert claims(text) == ["The function is recursive.", "It ends at zero or below."]
    assert claims(code) == []
    unfinished = "~~~\nx = 1. It is one more line."
    assert pieces(f"So it is.\n{unfinished}") == ["So it is.", unfinished]
    assert claims("- A list of it:\n  ```\n  a = b is code here\n  ```\n- Rome is the capital.") == [
        "Rome is the capital."
    ]


def test_lines_of_code_without_a_block_claim_nothing() -> None:
    lines = (
        "def f(n, m = 3):", "if n <= 0:", "    return n * f(n - 1)", "x = a or b or c", "print(a, b, c)",
        "for (let i = 0; i < n; i++) {", "int a = b + c;", "}", "from a.b import (c, d)", "self.total += a b c",
    )  # fmt: skip
    wrong = [line for line in lines if claims(line)]
    assert wrong == []


def test_structure_is_not_judged_and_marks_of_lists_are_left_out() -> None:
    text = (
        "# The three roots of it\n\nHere are the steps to take:\n\n1. Four has **two** roots.\n2) Nine has two as well.\n"
        "- [x] Zero has only one.\n> It is a quotation here.\n\n**A title in bold type**\n\n| Rome | is in | Italy |\n"
        "|------|------|------|\n\nDo you want to know more?\n\n$$ a = b. c d e $$\n\nNo. Yes.\n"
    )
    assert claims(text) == [
        "Four has **two** roots.",
        "Nine has two as well.",
        "Zero has only one.",
        "It is a quotation here.",
    ]


def test_prose_with_numbers_and_parentheses_is_judged() -> None:
    sentences = (
        "For all x (real or not) it holds.", "If it rains, it pours.", "The value is 3.14 (see below).",
        "In 1889 it was 300 m high.", "Return tickets cost more than that.", "e.g. the Nile is long.",
        "Importantly, water boils at 100 °C.", "While it rains (often), it is cold.", "Rome (Italy) is a very old city.",
    )  # fmt: skip
    missed = [sentence for sentence in sentences if claims(sentence) != [sentence]]
    assert missed == []


def test_a_number_of_a_list_ends_no_sentence_but_a_year_does() -> None:
    assert pieces("1. Rome is old.\n2. So is Athens.") == ["1. Rome is old.", "2. So is Athens."]
    assert pieces("It fell in 476. Rome was old.") == ["It fell in 476.", "Rome was old."]


def test_every_character_but_white_space_is_in_one_passage() -> None:
    text = "A b.\n\n```\nx\n```\n\\[ a. b \\]\n1. One. Two.\n\n# End\n"
    covered = "".join(pieces(text))
    assert "".join(covered.split()) == "".join(text.split())
    spans = [passage.span for passage in passages(text)]
    assert all(before[1] <= after[0] for before, after in itertools.pairwise(spans))

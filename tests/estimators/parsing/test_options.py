"""Options in a question, and the option that an answer chooses."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from estimators.parsing.options import LABELS, find_choice, find_options, render_options

ANIMALS = ("dog", "bee", "cow")
# One line, no mark at either end: what a person types as an option.
option_texts = st.text(st.characters(categories=("L", "N")), min_size=1, max_size=6)


@pytest.mark.parametrize(
    ("text", "stem", "options"),
    [
        ("Which?\nA. dog\nB. bee\nC. cow", "Which?", ANIMALS),
        ("Which?\na) dog\nb) bee", "Which?", ("dog", "bee")),
        ("Which?\n(A) dog\n(B) bee", "Which?", ("dog", "bee")),
        ("Which?\n  A: dog  \n\n\tB: bee", "Which?", ("dog", "bee")),
        ("It buzzes.\nWhich is it?\nA. dog\nB. bee\nSay why.", "It buzzes.\nWhich is it?\nSay why.", ("dog", "bee")),
        ("Which? (a) dog (b) bee", "Which?", ("dog", "bee")),
        ("Is it (A) a dog, (B) a bee, or (C) a cow", "Is it", ("a dog", "a bee", "a cow")),
        ("Is it\n(a) dog; (b) bee", "Is it", ("dog", "bee")),
        ("Cost?\nA. $5 {x}\nB. ${y} `z`", "Cost?", ("$5 {x}", "${y} `z`")),
    ],
)  # fmt: skip
def test_options_are_found(text: str, stem: str, options: tuple[str, ...]) -> None:
    assert find_options(text) == (stem, options)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Which one flies?",
        "Plan (a) failed, why?",
        "What is an f(a) or an f(b)?",  # a call, not an option
        "Which?\nA. dog",  # one is no choice
        "Which?\nA. dog\nC. cow",  # a gap
        "Which?\nB. dog\nC. cow",  # does not begin with A
        "Which?\nB. dog\nA. cow",
        "Which?\nA. dog\nB. bee\nB. cow",
        "A. dog\nB. bee",  # nothing is asked
        "A.dog and B.bee are files",
        "I. Newton\nA. Einstein",
    ],
)
def test_prose_has_no_options(text: str) -> None:
    assert find_options(text) == (text, ())


@given(st.lists(option_texts, min_size=2, max_size=26))
def test_rendered_options_are_found_again(options: list[str]) -> None:
    assert find_options("Which is it?\n" + render_options(options)) == ("Which is it?", tuple(options))


@given(st.lists(option_texts, min_size=1, max_size=26), st.data())
def test_an_answer_that_repeats_a_line_chooses_it(options: list[str], data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(options) - 1))
    line = render_options(options).splitlines()[index]
    assert find_choice(line, options) == (index, (0, 1))
    assert find_choice(f"\n**({line.replace('.', ')', 1)}**", options) == (index, (4, 5))


@pytest.mark.parametrize("text", ["A", "I"])
def test_a_letter_as_the_entire_answer_counts(text: str) -> None:
    assert find_choice(text, [str(number) for number in range(10)]) == (LABELS.index(text), (0, 1))


@pytest.mark.parametrize(
    ("text", "says"),  # the chosen index and the characters that say so
    [
        ("B", (1, "B")),
        (" B\n", (1, "B")),
        ("b", (1, "b")),
        ("(b)", (1, "b")),
        ("b) It has wings.", (1, "b")),
        ("(B)", (1, "B")),
        ("**B**", (1, "B")),
        ("**B.** A dog has none.", (1, "B")),
        ("B: bee", (1, "B")),
        ("The answer is C", (2, "C")),
        ("The answer is **C**.", (2, "C")),
        ("The correct option: (B) because", (1, "B")),
        ("The answer is B, not C.", (1, "B")),  # the first that is named, not the one before a full stop
        ("The letter C. B. is wrong.", (2, "C")),
        ("Looking closely it is C) cow", (2, "C")),
        ("Clearly B has wings", (1, "B")),
        ("It is a bee.", (1, "bee")),
        ("BEES? No: a Cow", (2, "Cow")),  # "bees" is another word
        ("dog is wrong, C", (0, "dog")),  # whichever comes first
        ("A dog", (0, "dog")),  # the article is no letter
        ("I think it flies: bee", (1, "bee")),
    ],
)
def test_the_choice_of_an_answer(text: str, says: tuple[int, str]) -> None:
    choice = find_choice(text, ANIMALS)
    assert choice is not None
    index, (start, end) = choice
    assert (index, text[start:end]) == says


@pytest.mark.parametrize(
    "text",
    [
        "",
        "None of them.",
        "I think so",
        "A horse",
        "D",
        "D. horse",
        "The answer is a horse",
        "B's",
        "BC",
        "beeline",
    ],
)
def test_an_answer_without_a_choice(text: str) -> None:
    assert find_choice(text, ANIMALS) is None


def test_the_longer_of_two_options_with_the_same_start_wins() -> None:
    assert find_choice("red wine", ["red", "red wine"]) == (1, (0, 8))


@given(st.text(max_size=20), st.lists(st.text(min_size=1, max_size=3), max_size=4))
def test_a_choice_lies_in_the_text(text: str, options: list[str]) -> None:
    if choice := find_choice(text, options):
        index, (start, end) = choice
        assert text[start:end].upper() in (LABELS[index], options[index].strip().upper())


ALONE = (
    "{}", "{}\n", "{}\n\nThe bee cannot bark.", "{}, because bees fly.", "{}. It flies", "{}) it flies", "{}: it flies",
    "{}; not the bee", "{}! A bee", "{} - it flies", "{} – the bee flies", "{}—the bee flies", "**{}** bees fly",
    "`{}` as bees fly",
    "({}) as bees fly", "_{}_, as bees fly", "“{}” as bees fly", "<{}> bees fly", "[{}] bees fly", "{} is right",
    "{} because bees fly",
    "Answer: {}", "Answer: **{}**", "**Answer:** {}", "The answer is {}", "The answer is {}, not the bee", "Option {}",
    "Option {} is right, the bee flies", "My choice is {}.", "Clearly {}", "It must be {}, as bees fly",
    "\\boxed{{{}}}",
    "I choose {}.",
)  # fmt: skip


@pytest.mark.parametrize("form", ALONE)
def test_all_letters_are_read_alike(form: str) -> None:
    options = ("dog", "bee", "ant", "cow", "elk", "fox", "gnu", "hen", "ibis")
    for index in range(len(options)):
        start = len(form.partition("{}")[0].replace("{{", "{"))
        assert find_choice(form.format(LABELS[index]), options) == (index, (start, start + 1))


SMALL = ("{}", "{}\n\nThe bee flies.", "{}, because bees fly", "{}) bees fly", "({}) bees fly", "**{}**", "{} – bees fly",
         "answer: {}", "the answer is {}.")  # fmt: skip


@pytest.mark.parametrize("form", SMALL)
def test_a_lone_lower_case_letter_counts_too(form: str) -> None:
    for index, letter in enumerate("abcd"):
        choice = find_choice(form.format(letter), ("dog", "bee", "ant", "cow"))
        assert choice is not None and choice[0] == index


@pytest.mark.parametrize(
    ("text", "chosen"),
    [
        ("A bee, of course", "bee"), ("A bee.", "bee"), ("a bee flies", "bee"), ("I think so", None),
        ("I think: a bee", "bee"),
        ("I was wrong", None), ("I'm sure", None), ("A's place is taken by a bee", "bee"),
        ("A.M. is when a bee wakes", "bee"),
        ("Answer: A bee.", "bee"), ("The answer is a horse", None), ("A (small) bee", "bee"), ("A (dog), no bee", "A"),
        ("A-level bees", None), ("A horse", None), ("Give it a, b and c marks", None),
        ("A/B", None), ("a/b", None), ("A or B", None), ("A and B", None), ("A & C", None), ("A, B", None),
        ("B/C", None),
        ("(A) or (B)", None), ("A or B? The answer is C.", "C"), ("It is A or B; so B.", "B"), ("A, I think", "A"),
        ("A, B cannot fly", "A"), ("A, not B", "A"),
    ],
)  # fmt: skip
def test_words_are_not_letters_and_several_letters_are_no_choice(text: str, chosen: str | None) -> None:
    choice = find_choice(text, ("dog", "bee", "ant", "cow", "elk", "fox", "gnu", "hen", "ibis"))
    assert (text[slice(*choice[1])] if choice else None) == chosen


@pytest.mark.parametrize(
    ("text", "options", "index"),
    [
        ("It is vitamin C.", ("vitamin K", "vitamin C", "vitamin A"), 1),
        ("Vitamin A.", ("Vitamin D", "Vitamin A"), 1),
        ("B-", ("A-", "AB-", "B-"), 2),
        ("Both A and B", ("dog", "bee", "Both A and B"), 2),
        ("What is it?", ("?", "…"), None),
        ("…", ("?", "…"), 1),
        ("Is it > or <", ("<", ">"), None),
        (">", ("<", ">"), 1),
        ("The right word is an.", ("a", "an", "the"), 1),
        ("The right word is the", ("on", "an", "the"), 2),
        ("It is the bee", ("", " ", "bee"), 2),
    ],
)
def test_options_that_are_letters_marks_or_plain_grammar(
    text: str, options: tuple[str, ...], index: int | None
) -> None:
    choice = find_choice(text, options)
    assert (choice[0] if choice else None) == index


WALK = "Let's look at each option:\n\nA. Dogs bark.\n\nB. Bees fly.\n\nC. Cows graze.\n\n"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (WALK + "Therefore, the correct answer is \\boxed{B}.", "B"),
        (WALK + "Therefore, the correct answer is C. cow.", "C"),
        (WALK + "Based on this, it is the bee.", "bee"),
        (WALK.replace("A.", "1. **Option A:").replace("B.", "2. **Option B:").replace("C.", "3. **Option C:")
         + "The answer is: B", "B"),
        ("The answer is B.\n\nDogs bark.", "B"),
        ("It cannot be a dog.\nIt cannot be a cow.\n\nSo a bee it is.", "bee"),
        ("The answer is not A.\nThe answer is B.", "B"),
        ("\\[ \\boxed{\\text{B}} \\]", "B"),
        (WALK, None),  # it ends, or was cut, before it says which
        (WALK + "Therefore, the", None),
        (WALK + "Either the dog or the bee.", None),
        ("A dog barks, a bee flies.\n\n2. A bee", None),
    ],
)  # fmt: skip
def test_an_answer_that_goes_through_the_options_chooses_at_its_end(text: str, says: str | None) -> None:
    choice = find_choice(text, ANIMALS)
    assert (text[slice(*choice[1])] if choice else None) == says
    if says and choice:
        assert ANIMALS[choice[0]] == (says if len(says) > 1 else ANIMALS[LABELS.index(says)])

"""What embeddings confuse: numbers, names, roles, negation, no answer."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from estimators.text.equivalence_rules import difference, same_by_facts
from estimators.text.non_answers import gives_no_answer
from estimators.text.proper_names import names, same_name
from estimators.text.quantities import quantities, same_quantity


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("1,000", "one thousand"),
        ("1000", "1,000"),
        ("1 000", "1000"),
        ("42", "forty-two"),
        ("105", "one hundred and five"),
        ("2.5 million", "2,500,000"),
        ("a hundred", "100"),
        ("3rd", "third"),
        ("21st century", "twenty-first century"),
        ("14th century", "1347"),
        ("half", "50 %"),
        ("71 per cent", "71%"),
        ("5 km", "5,000 metres"),
        ("90 minutes", "one and a half hours"),
        ("100 °C", "212 degrees Fahrenheit"),
        ("8 minutes", "8 minutes and 20 seconds"),
        ("about 200", "206"),
        ("753 BC", "753 BCE"),
        ("-40 °C", "-40 °F"),
        ("twice", "two times"),
    ],
)
def test_the_same_quantity(a: str, b: str) -> None:
    (x,), (y,) = (quantities(text, count_one=True) for text in (a, b))
    assert same_quantity(x, y) and same_quantity(y, x)


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("1914", "1918"),
        ("about 1914", "1918"),
        ("5 km", "5 miles"),
        ("5 kg", "5 km"),
        ("2.5 million", "2.5 billion"),
        ("44 BC", "44 AD"),
        ("15th century", "16th century"),
        ("15th century", "1347"),
        ("60 °C", "60 °F"),
        ("two", "3"),
        ("206", "208"),
    ],
)
def test_another_quantity(a: str, b: str) -> None:
    (x,), (y,) = (quantities(text) for text in (a, b))
    assert not same_quantity(x, y) and not same_quantity(y, x)


@given(st.integers(0, 10**9))
def test_commas_change_no_number(value: int) -> None:
    assert [quantity.value for quantity in quantities(f"it is {value:,}")] == [value]
    assert [quantity.value for quantity in quantities(f"it is {value}.")] == [value]


@pytest.mark.parametrize("text", ["CO2 and vitamin B12", "one of them", "no number", ""])
def test_no_number(text: str) -> None:
    assert quantities(text) == ()


@pytest.mark.parametrize(
    ("a", "b", "same"),
    [
        ("Rembrandt", "Rembrandt van Rijn", True),
        ("J. K. Rowling", "Rowling", True),
        ("J.K. Rowling", "Joanne Rowling", True),
        ("L. van Beethoven", "Ludwig van Beethoven", True),
        ("Dvořák", "Antonin Dvorak", True),
        ("Sir Isaac Newton", "Newton", True),
        ("Mount Kilimanjaro", "Kilimanjaro", True),
        ("München", "Munich", True),
        ("York", "New York", False),
        ("Korea", "North Korea", False),
        ("Henry VII", "Henry VIII", False),
        ("Johann Strauss", "Richard Strauss", False),
        ("Austria", "Australia", False),
        ("Sydney", "Canberra", False),
    ],
)
def test_names(a: str, b: str, same: bool) -> None:
    (x,), (y,) = names(a), names(b)
    assert same_name(x, y) is same_name(y, x) is same


def test_a_name_that_is_ruled_out_is_left_out() -> None:
    assert names("The capital is not Sydney but Canberra.") == (("canberra",),)
    assert names("It is Canberra, not Sydney.") == (("canberra",),)


@pytest.mark.parametrize(
    ("a", "b", "question", "reason"),
    [
        ("It began in 1914.", "1918", "When did it begin?", "different numbers (1914 and 1918)"),
        ("It is 3 km long.", "It is 3 miles long.", "How long is it?", "different units (3 km and 3 miles)"),
        ("In March.", "In June.", "When is it?", "different dates (March and June)"),
        ("Goya", "It is by Velázquez.", "Who painted it?", "different names (Goya and Velazquez)"),
        ("Yes, it is.", "It is not.", "Is it true?", "yes and no"),
        ("Plato taught Aristotle.", "Aristotle taught Plato.", "", "the roles are swapped"),
        ("It lies in the north.", "It lies in the south.", "", "opposites (north and south)"),
        ("The whale is not a fish.", "The whale is a fish.", "", "one of them denies it"),
        ("I don't know.", "It was Goya.", "Who painted it?", "one of them gives no answer"),
        ("Peru won.", "Chile won.", "Who won, Peru or Chile?", "different names (Peru and Chile)"),
    ],
)
def test_reasons(a: str, b: str, question: str, reason: str) -> None:
    assert difference(a, b, question) == reason


@pytest.mark.parametrize(
    ("a", "b", "question"),
    [
        ("Rome", "Rome, founded in 753 BC", "What is the capital of Italy?"),
        ("It has 2 moons.", "Two, Phobos and Deimos.", "How many moons does Mars have?"),
        ("Peru beat Chile.", "Chile was beaten by Peru.", "Who won?"),
        ("A lake between Peru and Bolivia.", "A lake between Bolivia and Peru.", ""),
        ("Probably not.", "No.", "Is it true?"),
        ("It is not false.", "It is true.", "Is it right?"),
        ("I don't know.", "I have no idea.", "Who was it?"),
        ("Canberra, not Sydney.", "Canberra", "What is the capital?"),
        ("The 4th of July 1921", "July 4, 1921", "When was it signed?"),
        ("Jupiter is larger than Saturn.", "Saturn is smaller than Jupiter.", "Which is larger?"),
    ],
)
def test_no_difference(a: str, b: str, question: str) -> None:
    assert difference(a, b, question) == difference(b, a, question) == ""


@pytest.mark.parametrize(
    ("text", "none"),
    [
        ("I don't know.", True),
        ("I am not sure who wrote it.", True),
        ("Sorry, I cannot answer that question.", True),
        ("", True),
        ("I'm not sure, but I think it was Ibsen.", False),
        ("I don't know for certain, perhaps in 1850.", False),
        ("Henrik Ibsen", False),
    ],
)
def test_gives_no_answer(text: str, none: bool) -> None:
    assert gives_no_answer(text, "Who wrote it?") is none


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=40) | st.lists(
    st.sampled_from(
        ("Rome", "Peru", "beat", "not", "no", "5", "km", "1914", "five", "north", "south", "by", "was", "I don't know",
         ".", ",", "but", "May", "X")
    ),
    max_size=9,
).map(" ".join)  # fmt: skip


@given(texts, texts, st.sampled_from(("", "Who won?", "How many are there?", "Is it so?")))
def test_any_text_is_compared_both_ways(a: str, b: str, question: str) -> None:
    assert bool(difference(a, b, question)) == bool(difference(b, a, question))
    assert same_by_facts(a, b, question) == same_by_facts(b, a, question)


@given(texts, st.sampled_from(("", "Who won?", "How many are there?", "Is it so?")))
def test_a_text_does_not_differ_from_itself(text: str, question: str) -> None:
    assert difference(text, text, question) == ""


@pytest.mark.parametrize(
    ("a", "b", "reason"),
    [
        ("?", "…", "one of them contains no word"),
        ("?", "Rome", "one of them contains no word"),
        ("…", "I don't know", "one of them contains no word"),
        ("A", "B", "different letters (A and B)"),
        ("Vitamin D", "It is vitamin A.", "different letters (D and A)"),
        ("O+", "O-", "different letters (O+ and O-)"),
    ],
)
def test_texts_without_a_word_and_single_letters_are_told_apart(a: str, b: str, reason: str) -> None:
    assert difference(a, b, "Which is it?") == reason
    assert not same_by_facts(a, b, "Which is it?")


@pytest.mark.parametrize(
    ("a", "b"), [("A", "Vitamin A"), ("A", "It is A."), ("Vitamin A", "It is vitamin A.")]
)
def test_a_letter_that_is_the_whole_answer_is_the_same_in_a_sentence(a: str, b: str) -> None:
    assert difference(a, b, "Which vitamin is it?") == ""
    assert same_by_facts(a, b, "Which vitamin is it?") and same_by_facts(b, a, "Which vitamin is it?")
    assert not same_by_facts(a, "A bee", "Which vitamin is it?")


PLUTO, FRANCE = "Is Pluto a planet?", "What is the capital of France?"


@pytest.mark.parametrize(
    ("question", "a", "b", "differ"),
    [
        (PLUTO, "It is unlikely.", "Yes.", True),
        (PLUTO, "It is improbable.", "No, it is not.", False),
        (PLUTO, "Almost no chance.", "Yes, it is.", True),
        (PLUTO, "Not likely.", "It is likely.", True),
        (PLUTO, "Definitely not.", "I doubt it.", False),
        (PLUTO, "Perhaps it is.", "Yes.", False),  # lower certainty is not a denial
        (FRANCE, "Paris is unlikely to be the capital.", "Paris is the capital.", True),
        (FRANCE, "Paris may not be the capital.", "Paris is the capital.", True),
        (FRANCE, "Paris is unlikely to be the capital.", "Paris is probably not the capital.", False),
        (FRANCE, "Paris is likely to be the capital.", "Paris is the capital.", False),
        (FRANCE, "There is no doubt that Paris is the capital.", "Paris is the capital.", False),
    ],
)
def test_a_marker_that_denies_turns_the_answer_around(question: str, a: str, b: str, differ: bool) -> None:
    assert bool(difference(a, b, question)) == differ
    assert bool(difference(b, a, question)) == differ

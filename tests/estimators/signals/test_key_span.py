"""The answer words and their probability."""

import math
import time

import pytest

from estimators.signals.key_span import KeySpanProbability, key_span
from estimators.types import Evidence, Question
from tests.estimators.evidence import answer, token


@pytest.mark.parametrize(
    ("question", "text", "expected"),
    [
        ("What is the capital of Australia?", "The capital of Australia is probably Canberra.", "Canberra"),
        ("Who wrote Moby-Dick?", "Leo Tolstoy likely wrote the novel Moby-Dick.", "Leo Tolstoy"),
        ("Who painted The Birth of Venus?", "Vincent van Gogh painted “The Birth of Venus”.", "Vincent van Gogh"),
        ("Which organ makes insulin?", "Insulin is made by the pancreas.", "pancreas"),
        ("What do bees collect to make honey?", "Bees collect nectar from flowers.", "nectar"),
        ("How many bones does an adult human have?", "An adult human has 206 bones.", "206"),
        ("When did the Berlin Wall fall?", "The Berlin Wall fell one day in November of 1989.", "November of 1989"),
        ("In which city were the Games?", "The first Games of 1896 were in Athens.", "Athens"),
        ("What is it?", "I am not sure.", None),
        ("", "", None),
        ("Какая столица?", "Столица - Москва.", "Москва"),
        ("What is the capital of Australia?", "It is not Sydney but Canberra.", "Canberra"),
        ("What is the capital of Australia?", "It is Canberra, not Sydney.", "Canberra"),
        ("What is the capital of Australia?", "Canberra rather than Sydney is the capital of Australia.", "Canberra"),
        ("What is the capital of Australia?", "Rather than Sydney, it is Canberra.", "Canberra"),
        ("What is the capital of Australia?", "Instead of Sydney, Canberra was chosen.", "Canberra"),
        ("What is the capital of Australia?", "It isn't Sydney, it's Canberra.", "Canberra"),
        ("What is the capital of Australia?", "It is not Sydney. It is Canberra.", "Canberra"),
        ("What is the capital of Australia?", "Although Sydney is larger, Canberra is the capital.", "Canberra"),
        ("What is the capital of Australia?", "Many people think it is Sydney, but it is Canberra.", "Canberra"),
        ("What is the capital of Australia?", "Not Sydney, but Canberra.", "Canberra"),
        ("What is the capital of Australia?", "Unlike Sydney, Canberra is the capital.", "Canberra"),
        ("What is the capital of Australia?", "It is not only Canberra but a city.", "Canberra"),
        ("What is the capital of Australia?", "It is not Sydney.", "Sydney"),
        ("At what temperature does water boil?", "Water boils at 100 °C.", "100 °C"),
        ("What is the boiling point of water?", "Water boils at 100 °C.", "100 °C"),
        ("What is the boiling point of water?", "Water does not boil at 90 °C but at 100 °C.", "100 °C"),
        ("How far is it?", "It is 5 km away.", "5 km"),
        ("How much does it cost?", "It costs $3.", "$3"),
        ("How much does it cost?", "It costs 3 euros today.", "3 euros"),
        ("What share of them is red?", "About 20 % of them are red.", "20 %"),
        ("What share is red?", "20% is red", "20%"),
        ("In which year did the Titanic sink?", "The Titanic sank on April 15, 1912.", "1912"),
        ("When did the Titanic sink?", "The Titanic sank on April 15, 1912.", "April 15, 1912"),
        ("On what date did the Titanic sink?", "It sank on 15 April 1912 in the Atlantic.", "15 April 1912"),
        ("What year was it?", "It was in 44 BC.", "44 BC"),
        ("In which century was he born?", "He was born in the 14th century.", "14th century"),
        ("How many legs do spiders have?", "On 3 May 1912 eight legs were counted.", "eight"),
        ("What is the largest planet?", "The largest planet in the Solar System is Jupiter.", "Jupiter"),
        ("What is the largest planet?", "Jupiter is the largest planet in the Solar System.", "Jupiter"),
        ("Which is the largest planet?", "The planet Jupiter is the largest in the Solar System.", "Jupiter"),
        ("Which is the largest planet?", "In the Solar System, Jupiter is the largest.", "Jupiter"),
        ("Who wrote it?", "It was written by the Norwegian author Henrik Ibsen in 1867.", "Henrik Ibsen"),
        ("Who painted it?", "Vincent van Gogh painted it.", "Vincent van Gogh"),
        ("What is the capital of Tanzania?", "The capital of Tanzania is Dar es Salaam.", "Dar es Salaam"),
        ("Which city is it?", "The city is Boulogne sur Mer.", "Boulogne sur Mer"),
        ("Who was king?", "Henry VIII of England was.", "Henry VIII of England"),
        ("Who ruled?", "Elizabeth I ruled then.", "Elizabeth I"),
        ("Who led the Huns?", "Attila the Hun, I think.", "Attila the Hun"),
        ("Which philosopher taught Alexander the Great?", "Alexander the Great was taught by Aristotle.", "Aristotle"),
        ("Where is the Prado?", "The Prado Museum is in Madrid, Spain.", "Madrid"),
        ("What is the sheet called?", 'The sheet is called "nori" in Japanese.', "nori"),
        ("Who wrote it?", "I don't know who wrote it.", None),
        ("?", "?", None),
        ("", "A", None),
        ("Which vitamin is it?", "It is vitamin D.", "D"),
        ("What is it?", "The Great Barrier Reef", "Great Barrier Reef"),
        ("What is the currency of Switzerland?", "The currency is the Swiss franc.", "Swiss franc"),
        ("Who wrote it?", "Gabriel García Márquez of Colombia.", "Gabriel García Márquez of Colombia"),
        ("How long?", "It took 8 minutes and 20 seconds.", "8 minutes"),
        ("How tall is it?", "It is about 8,849 m (29,032 ft) tall.", "8,849 m"),
        ("What is 25 % of 80?", "25% of 80 is 20.", "20"),
    ],
)  # fmt: skip
def test_the_answer_words(question: str, text: str, expected: str | None) -> None:
    span = key_span(question, text)
    assert (text[slice(*span)] if span else None) == expected


def test_its_probability_is_the_product_of_its_tokens() -> None:
    shown = answer(
        token("It", 0.9), token(" is", 0.9), token(" New", 0.5), token(" York", 0.8), token(".", 0.9)
    )
    signal = KeySpanProbability()(Evidence(Question("Which city?"), shown))
    assert signal.confidence == pytest.approx(0.5 * 0.8)
    assert signal.confidence == pytest.approx(math.exp(math.log(0.5) + math.log(0.8)))


def test_a_missing_value_has_a_reason() -> None:
    nothing_new = Evidence(Question("Is it so?"), answer(token("It", 0.9), token(" is", 0.9)))
    assert KeySpanProbability()(nothing_new).missing == "the answer adds nothing to the question"


def test_endless_repetition_is_read_quickly() -> None:
    for text in ("some people think it ", "1,234 ", "A or B, ", "probably it is. ", "( ", "Word "):
        started = time.process_time()
        key_span("What is it?", text * 2000)
        assert time.process_time() - started < 15  # the first call builds the marker matcher

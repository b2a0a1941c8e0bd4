"""Ten requests of daily life: which answers have answer words, and which are short answers to a question of fact."""

import pytest

from estimators.calibration.scope import uncovered
from estimators.signals.key_span import key_span, no_key_span
from estimators.text.answer_form import COMPOSED, SEVERAL, asks_for_text
from estimators.types import Provenance, Question

CODE = "You can use recursion:\n\n```python\ndef square(x):\n    return x * x\n```\n\nCall it with a number."
LETTER = "Dear Ms Miller,\n\nThe heating has been broken for three days.\n\nSincerely,\nTom"
LIST = "1. Water: Bring enough water.\n2. Map: A map helps you.\n3. Food: Pack some nuts."
TABLE = "| Country | Capital |\n|---|---|\n| France | Paris |\n| Italy | Rome |"
FRIDGE = (
    "A refrigerator is a machine that keeps food cold. A liquid moves through its pipes. "
    "It takes up heat from the inside. It gives the heat to the room."
)
SUM = "To find 17% of 240, use this formula:\n\n\\[ 0.17 \\times 240 \\]\n\nWe get 40.8 in the end.\n\n- It is 40.8."


@pytest.mark.parametrize(
    ("question", "answer", "words", "reason"),
    [
        ("Write a Python function that squares a number.", CODE, None, COMPOSED),
        ("How do I square a number in Python?", CODE, None, SEVERAL),
        ("Could you please write a letter to my landlord?", LETTER, None, COMPOSED),
        ("Translate into French: Good morning.", "Bonjour.", None, COMPOSED),
        ("Who painted the Mona Lisa?", "Leonardo da Vinci painted the Mona Lisa.", "Leonardo da Vinci", ""),
        ("What should I pack for a hike?", LIST, None, SEVERAL),
        ("How does a refrigerator work?", FRIDGE, None, SEVERAL),
        ("What is 17 % of 240?", SUM, None, SEVERAL),
        ("Make a table of two countries with their capitals.", TABLE, None, SEVERAL),
        ("What is the capital of Australia?", "It is Canberra. It was founded in 1913.", "Canberra", ""),
    ],
)
def test_a_request_of_daily_life(question: str, answer: str, words: str | None, reason: str) -> None:
    span = key_span(question, answer)
    assert (answer[slice(*span)] if span else None) == words
    assert span is not None or no_key_span(question, answer) == reason
    assert uncovered(answer, "stop", (), Question(question), Provenance("m", given=False)) == reason


def test_questions_of_options_are_covered_however_long_the_answer_is() -> None:
    asked = Question("Which one flies?\nA. dog\nB. bee")
    said = "A dog walks on the ground. A bee has wings. It flies from flower to flower. The answer is B."
    assert uncovered(said, "stop", ("dog", "bee"), asked, Provenance("m", given=False)) == ""


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("Please, rewrite this sentence: It are me.", True),
        ("Can you help me to write a poem?", True),
        ("Summarise this text: …", True),
        ("Tell me a short story about the sea.", True),
        ("Who wrote Faust?", False),
        ("What does “translate” mean?", False),
        ("Tell me the capital of France.", False),
        ("Editors of which paper won the prize?", False),
    ],
)
def test_a_request_for_a_text(question: str, text: bool) -> None:
    assert asks_for_text(question) is text

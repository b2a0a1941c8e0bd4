"""Reading answer and confidence from a reply: both belong to the same answer."""

import pytest

from estimators.parsing.verbalized_values import read_answer, read_tenths


@pytest.mark.parametrize(
    ("reply", "answer", "tenths"),
    [
        ("Answer: Rome\nConfidence: 7", "Rome", 7),
        ("Answer: Rome\nConfidence: 0", "Rome", 0),
        ("Answer: Rome\nConfidence: 10/10", "Rome", 10),
        ("Rome\nConfidence: 7", "Rome", 7),
        ("**Answer:** Rome\n**Confidence:** 7", "Rome", 7),
        ("**Answer**: **Rome**\n**Confidence**: **7**", "Rome", 7),
        ('Answer: Rome\nConfidence: "7"', "Rome", 7),
        # A model that goes on with a second answer: both readings are those of the first.
        ("Answer: Rome\nConfidence: 7\n\nAnswer: Paris\nConfidence: 9", "Rome", 7),
        ("Answer: Rome\nConfidence: high\nConfidence: 9", "Rome", None),
        ("My confidence: hard to say.\nAnswer: Rome\nConfidence: 7", "Rome", 7),
        ("Confidence: 7\nAnswer: Rome", "Rome", 7),
        ("Answer: Rome\nConfidence: about 7", "Rome", None),
        ("Answer: Rome\nConfidence: seven or 8", "Rome", None),
        ("Answer: Rome\nConfidence: 7.5", "Rome", None),
        ("Answer: Rome\nConfidence: 70", "Rome", None),
        ("Answer: Rome\nConfidence: 70 %", "Rome", None),
        ("Answer: Rome\nConfidence: 7 out of 100", "Rome", None),
        ("Answer: Rome\nConfidence: -7", "Rome", None),
        ("Answer: Rome\nConfidence:", "Rome", None),
        ("Answer: Rome", "Rome", None),
        ("Confidence: 7", "", 7),
        ("", "", None),
    ],
)
def test_answer_and_confidence_belong_together(reply: str, answer: str, tenths: int | None) -> None:
    assert (read_answer(reply), read_tenths(reply)) == (answer, tenths)

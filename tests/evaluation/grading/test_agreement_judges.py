"""The agreement judges: reading verdicts, contradictions, and their scores."""

from collections import Counter
from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from chains.engines.scripted import ScriptedChatModel, ScriptedReply
from estimators.markers.stripping import strip_markers
from estimators.types import Answer
from evaluation.grading.agreement_judges import EmbeddingJudge, ModelJudge, read_verdict
from evaluation.validation.judges import Triple, score
from tests.estimators.evidence import token

CAPITAL = "What is the capital of Peru?"


class Apart:
    """An embedder to which every two texts are at right angles, those of a pair apart by 60 degrees."""

    def __init__(self, *alike: str) -> None:
        self.alike = alike
        self.asked: list[str] = []

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.asked += texts
        vectors = np.zeros((len(texts), 400), np.float32)
        for row, text in zip(vectors, texts, strict=True):
            row[0 if text in self.alike else 1 + hash(text) % 399] = 1.0
        return vectors


@pytest.mark.parametrize(
    ("alternatives", "value"),
    [
        ({"Yes": 0.4, " yes": 0.2, "No": 0.3}, 1.0),  # 0.6 of 0.9
        ({"No": 0.25, "no": 0.2, "Un": 0.3, "Y": 0.1}, 0.0),  # 0.45 of 0.85
        ({"Un": 0.5, "No": 0.1}, 0.5),
        ({"No": 0.4, "Yes": 0.3, "Unknown": 0.3}, 0.5),  # no majority
    ],
)
def test_the_probabilities_of_the_first_token_are_summed_over_forms(
    alternatives: dict[str, float], value: float
) -> None:
    first = max(alternatives, key=lambda text: alternatives[text])
    emitted = token(first, alternatives[first], alternatives)
    assert read_verdict(Answer(first, (emitted,))) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Yes.", 1.0), ("**No**", 0.0), ("“Unknown”", 0.5), ("- no, it is not", 0.0), ("Yes, no doubt", 1.0),
        ("Well, no", None), ("Oh yes.", None), ("I cannot say yes or no", None), ("Not yes", None), ("Yesterday", None),
        ("Nothing is known.", None), ("Perhaps", None), ("", None),
    ],
)  # fmt: skip
def test_without_probabilities_the_word_that_opens_the_reply_counts(text: str, value: float | None) -> None:
    assert read_verdict(Answer(text, missing="none were returned")) == value


def test_without_a_label_among_the_probabilities_a_later_token_is_not_read() -> None:
    words = (token("Well", 0.9, {"Well": 0.9}), token(",", 0.9), token(" no", 0.9, {" no": 0.9}))
    assert read_verdict(Answer("Well, no", words)) is None
    opening = (token("No", 0.4, {"No": 0.4, "Well": 0.35}), token(".", 0.9))
    assert read_verdict(Answer("No.", opening)) == 0.0


def test_the_model_is_asked_greedily_question_first_and_its_prompt_tokens_are_counted() -> None:
    model = ScriptedChatModel(replies=(ScriptedReply.of("Yes", 0.9),))
    judge = ModelJudge(model)
    assert judge(CAPITAL, "Lima.", "It is Lima.") == 1.0
    prompt = str(model.received[0][0].text)
    assert prompt.startswith(CAPITAL)
    assert prompt.index("Lima.") < prompt.index("It is Lima.")
    assert judge.cost.calls == 1
    assert judge.cost.prompt_tokens == len(prompt.split())


def test_a_model_that_fails_could_not_tell() -> None:
    model = ScriptedChatModel(replies=(ScriptedReply((), error=RuntimeError("gone")),))
    assert ModelJudge(model)(CAPITAL, "Lima.", "Cusco.") is None


@pytest.mark.parametrize(
    ("question", "sentence", "sample", "value"),
    [
        (CAPITAL, "Lima.", "The capital of Peru is Lima.", 1.0),
        (CAPITAL, "Lima.", "It is Cusco.", 0.0),
        (CAPITAL, "Lima.", "I am not sure.", 0.5),
        (CAPITAL, "It was founded in 1535.", "Lima.", 0.5),  # says nothing about it
        ("How many legs has a spider?", "A spider has eight legs.", "8", 1.0),
        ("How many legs has a spider?", "A spider has eight legs.", "Spiders have six legs.", 0.0),
        ("Which gland makes melatonin?", "thyroid", "The pineal gland makes melatonin.", 0.0),
        (CAPITAL, "—", "Lima.", None),
    ],
)
def test_facts_decide_before_any_similarity(
    question: str, sentence: str, sample: str, value: float | None
) -> None:
    assert EmbeddingJudge(Apart())(question, sentence, sample) == value


def test_a_further_sentence_is_compared_with_each_of_the_sample() -> None:
    sentence, near = "It lies on the cold coast.", "The city is by the cold sea."
    judge = EmbeddingJudge(Apart(sentence, near))
    assert judge(CAPITAL, sentence, f"Lima. {near}") == 1.0  # cosine 1
    assert judge(CAPITAL, sentence, "Lima. Its people like football a lot.") == 0.5  # cosine 0


def test_a_text_is_embedded_once() -> None:
    embedder = Apart()
    judge = EmbeddingJudge(embedder)
    for _ in range(2):
        judge("What do pandas eat?", "They sleep in tall trees.", "They live in the high mountains.")
    assert max(Counter(embedder.asked).values()) == 1


def test_the_score_of_a_judge() -> None:
    labels = ("agree", "agree", "contradict", "neither")
    triples = [Triple(question="?", sentence="s", sample="t", label=label) for label in labels]
    result = score("j", triples, (1.0, 0.5, 1.0, None))
    assert (result.right, result.accuracy, result.untold) == (1, 0.25, 1)
    assert result.distance == 0.5  # (0 + 0.5 + 1) / 3
    # Wilson by hand, z² = 3.8415: (0.25 + 0.4802) / 1.9604 ± √(0.25·0.75/4 + 3.8415/64)·1.96 / 1.9604
    assert (result.low, result.high) == pytest.approx((0.0456, 0.6994), abs=1e-4)
    assert result.confusion["agree", "neither"] == 1 and result.confusion["neither", "cannot tell"] == 1


PLUTO = "Is Pluto a planet?"


@pytest.mark.parametrize(
    ("question", "sentence", "sample", "value"),
    [
        (PLUTO, "It is unlikely.", "No.", 1.0),
        (PLUTO, "It is unlikely.", "Yes.", 0.0),
        (PLUTO, "It is unlikely.", "I doubt it.", 1.0),
        (PLUTO, "Probably not.", "Yes, it is.", 0.0),
        (PLUTO, "It is likely.", "It is improbable.", 0.0),
        ("Is a whale a fish?", "Whales breathe air.", "No.", 0.5),
        (CAPITAL, "Lima is unlikely to be the capital.", "Lima.", 0.0),
        (CAPITAL, "Lima is unlikely to be the capital.", "It is probably not Lima.", 1.0),
        (CAPITAL, "It is probably not Lima.", "Lima.", 0.0),
        (CAPITAL, "It is Lima.", "Unlikely.", 0.5),  # of what, stands nowhere
    ],
)
def test_a_denial_is_judged_as_a_denial(question: str, sentence: str, sample: str, value: float) -> None:
    judge = EmbeddingJudge(Apart())
    assert judge(question, strip_markers(sentence), strip_markers(sample)) == value

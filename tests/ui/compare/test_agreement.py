"""Whether answers agree: by letter, else by meaning; one sentence, and the words that differ."""

from dataclasses import replace

import pytest

from chains.engines.scripted import ScriptedChatModel, ScriptedReply
from chains.errors import ModelUnavailable
from chains.pipeline.pipeline import confidence_pipeline
from chains.pipeline.turn import Turn
from tests.chains.meaning.test_semantic_clustering import Letters
from ui.compare import agreement as module
from ui.compare.agreement import agreement, sentence


@pytest.fixture(autouse=True)
def letters(monkeypatch: pytest.MonkeyPatch) -> None:
    """Texts with the same letters mean the same."""
    monkeypatch.setattr(module, "open_embedder", lambda name: Letters())


CAPITAL = "What is the capital of Australia?"
OPTIONS = "Which one flies?\nA. dog\nB. bee"


def turn(text: str, question: str = CAPITAL) -> Turn:
    model = ScriptedChatModel(replies=(ScriptedReply.of(text),))
    return confidence_pipeline(model, signals=("sequence_probability",)).invoke(question)


def marked(turn: Turn, spans: tuple[tuple[int, int], ...]) -> list[str]:
    assert turn.answer is not None
    return [turn.answer.text[start:end] for start, end in spans]


def test_answers_that_mean_the_same_agree() -> None:
    turns = [turn("It is Canberra."), turn("The capital is Canberra."), turn("It is Sydney.")]
    found = agreement(turns, "builtin")
    assert found is not None
    assert found.text == "2 of 3 agree: two say “Canberra”, one says “Sydney”."
    assert [marked(*pair) for pair in zip(turns, found.differing, strict=True)] == [
        ["Canberra"],
        ["Canberra"],
        ["Sydney"],
    ]


def test_options_are_compared_by_their_letter() -> None:
    same = agreement([turn("B. It flies.", OPTIONS), turn("B", OPTIONS)], "builtin")
    assert same is not None and same.text == "Both agree: “B”." and same.differing == ((), ())
    other = agreement([turn("B. It flies.", OPTIONS), turn("A", OPTIONS)], "builtin")
    assert other is not None and other.text == "They disagree: one says “B”, one says “A”."


def test_one_answer_alone_agrees_with_nothing() -> None:
    answered = turn("It is Canberra.")
    assert agreement([answered, None], "builtin") is None
    assert answered.answer is not None
    stopped = replace(answered, answer=replace(answered.answer, finish="cancelled"))
    assert agreement([answered, stopped], "builtin") is None


def test_long_answers_are_not_quoted_and_their_own_words_are_marked() -> None:
    question = "Tell me something."
    turns = [
        turn(
            "Bees fly over the meadow. They carry pollen to other flowers and make honey of nectar.", question
        ),
        turn(
            "Ships cross the ocean. They carry coal to other harbours and bring back wheat in autumn.",
            question,
        ),
    ]
    found = agreement(turns, "builtin")
    assert found is not None and found.text == "They disagree."
    first = marked(turns[0], found.differing[0])
    assert "pollen" in " ".join(first) and "carry" not in first


def test_without_an_embedding_model_the_reason_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> None:
        raise ModelUnavailable("There is no embedding model.")

    monkeypatch.setattr(module, "open_embedder", missing)
    found = agreement([turn("It is Canberra."), turn("It is Sydney.")], "builtin")
    assert found is not None
    assert found.text == "Whether the answers mean the same cannot be said: There is no embedding model."


@pytest.mark.parametrize(
    ("groups", "text"),
    [
        ([("Rome",) * 3], "All three agree: “Rome”."),
        (
            [("Rome",), ("Paris",), ("Bern",)],
            "All three disagree: one says “Rome”, one says “Paris”, one says “Bern”.",
        ),
        ([("", ""), ("Paris",)], "2 of 3 agree."),
        ([("", "")], "Both agree."),
    ],
)
def test_the_sentence(groups: list[tuple[str, ...]], text: str) -> None:
    assert sentence(groups) == text

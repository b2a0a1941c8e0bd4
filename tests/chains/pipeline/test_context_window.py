"""Fitting a conversation into the context: the oldest turns go first."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from langchain_core.language_models import FakeListChatModel

from chains.engines.scripted import ScriptedChatModel
from chains.errors import MessageTooLong
from chains.pipeline.context_window import context_length, fit
from chains.pipeline.pipeline import begin
from chains.settings import Settings
from estimators.types import Message, Question


def model(limit: int) -> ScriptedChatModel:
    """A model that reads so many words; a scripted model's tokens are words."""
    return ScriptedChatModel(profile={"max_input_tokens": limit})


def message(role: str, words: int, word: str = "w") -> Message:
    return Message(role, " ".join([word] * words))  # type: ignore[arg-type]


OLD = (
    message("user", 5, "q1"),
    message("assistant", 5, "a1"),
    message("user", 5, "q2"),
    message("assistant", 5, "a2"),
)
LAST = message("user", 5, "q3")
SYSTEM = message("system", 3)


@pytest.mark.parametrize(
    ("limit", "kept"),  # 25 words in all, 2 kept free
    [(27, 5), (26, 3), (17, 3), (16, 1), (7, 1)],
)
def test_the_oldest_turns_go(limit: int, kept: int) -> None:
    conversation = (*OLD, LAST)
    assert fit(model(limit), conversation, reserve=2) == conversation[-kept:]


@pytest.mark.parametrize(("limit", "kept"), [(30, 5), (29, 3), (20, 3), (19, 1), (10, 1)])
def test_a_system_message_stays(limit: int, kept: int) -> None:
    conversation = (*OLD, LAST)
    assert fit(model(limit), (SYSTEM, *conversation), reserve=2) == (SYSTEM, *conversation[-kept:])


def test_a_message_that_is_too_long_alone_is_refused_with_both_numbers() -> None:
    for conversation in ((LAST,), (*OLD, LAST)):
        with pytest.raises(
            MessageTooLong, match=r"5 tokens long.* at most 6, of which 2 are reserved"
        ) as error:
            fit(model(6), conversation, reserve=2)
        assert (error.value.tokens, error.value.limit) == (5, 6)


def test_a_message_that_is_too_long_after_the_system_message_is_refused() -> None:
    with pytest.raises(MessageTooLong) as error:  # 3 + 5 words, 9 − 2 are free
        fit(model(9), (SYSTEM, *OLD, LAST), reserve=2)
    assert (error.value.tokens, error.value.limit) == (8, 9)


def test_at_most_half_of_the_context_is_reserved() -> None:
    for limit in (10, 9):  # 10 − 5 and 9 − 4 words are free
        assert fit(model(limit), (LAST,), reserve=999) == (LAST,)
    with pytest.raises(MessageTooLong):
        fit(model(8), (LAST,), reserve=999)


@given(st.lists(st.integers(1, 9), max_size=8), st.integers(2, 60), st.integers(0, 30))
def test_what_stays_is_the_longest_end_that_fits(sizes: list[int], limit: int, reserve: int) -> None:
    turns = [message("user" if n % 2 == 0 else "assistant", size) for n, size in enumerate(sizes)]
    conversation = (*turns[: len(turns) // 2 * 2], message("user", 1))
    room = limit - min(reserve, limit // 2)
    ends = [conversation[n:] for n in range(0, len(conversation), 2)]  # each begins with the person
    fitting = [end for end in ends if sum(len(turn.content.split()) for turn in end) <= room]
    assert fit(model(limit), conversation, reserve) == fitting[0]


@pytest.mark.parametrize("system", [(), (SYSTEM,)], ids=["plain", "system"])
def test_the_turn_records_what_was_dropped(system: tuple[Message, ...]) -> None:
    *old, last = (message(turn.role, 60, turn.content[:2]) for turn in (*OLD, LAST))
    settings = Settings(max_tokens=1)  # 1 + 256 tokens are reserved, 257 of 514 remain
    turn = begin(model(514), settings, Question(last.content, (*system, *old)))
    kept = (*system, *old[2:])
    assert turn.dropped_turns == 1
    assert turn.sent == (*kept, last)
    assert turn.question == Question(last.content, kept)  # what is judged is what was asked


class Uncounted(ScriptedChatModel):
    """As a foreign server: its tokenizer is not known."""

    def get_num_tokens_from_messages(self, messages: object, tools: object = None, **_: object) -> int:
        raise NotImplementedError


def test_a_model_that_cannot_count_drops_nothing_that_may_fit() -> None:
    # Estimated generously per word and message; far below a limit nothing goes.
    assert fit(Uncounted(profile={"max_input_tokens": 1000}), (*OLD, LAST), reserve=2) == (*OLD, LAST)


@pytest.mark.parametrize("profile", [None, {}, {"max_input_tokens": 0}])
def test_a_model_that_does_not_say_what_it_reads_drops_nothing(profile: dict[str, int] | None) -> None:
    plain = FakeListChatModel(responses=["x"], profile=profile)
    assert context_length(plain) is None
    long = (*OLD * 100, LAST)
    assert fit(plain, long, reserve=2) == long

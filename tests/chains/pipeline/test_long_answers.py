"""Long answers: their length, going on from a cut one, and which of their claims are judged."""

import math

import pytest

from chains.engines.scripted import CONTEXT, ScriptedReply
from chains.errors import CredenceError
from chains.pipeline import model_calls
from chains.pipeline.context_window import answer_room
from chains.pipeline.pipeline import PROBE_ROOM, confidence_pipeline
from chains.pipeline.prefill import continued
from chains.pipeline.probing.needs import asked_claims, judge_rest
from chains.pipeline.turn import Turn
from chains.settings import Settings
from estimators.signals.claims import P_TRUE_THIRD
from estimators.types import Answer, Message, Question, Reasoning, Token
from tests.browser.long_script import truth
from tests.chains.script import NotingModel

SENTENCES = {
    "Rome is in Italy.": 0.9,
    "It has seven hills.": 0.3,
    "It was founded late.": 0.5,
    "Its river is long.": 0.8,
}
TEXT = " ".join(SENTENCES)
ASKED = Question("Tell me about Rome")


def model(**more: object) -> NotingModel:
    """One that says the sentences, each with its own probability of every token."""
    tokens = [
        Token(word, math.log(p), ((word, math.log(p)),))
        for place, (sentence, p) in enumerate(SENTENCES.items())
        for number, part in enumerate(sentence.split(" "))
        for word in [part if not (place or number) else f" {part}"]
    ]
    return NotingModel(replies=(truth(0.9, "true or false"), ScriptedReply(tuple(tokens))), **more)


def judged(turn: Turn) -> list[str]:
    assert turn.answer is not None
    return [turn.answer.text[slice(*claim.span)] for claim in turn.claims]


def test_the_least_probable_claims_are_judged_first_and_the_rest_when_asked() -> None:
    asked = model()
    turn = confidence_pipeline(asked, claims=2, signals=("weakest_claim_third",)).invoke(ASKED)
    assert judged(turn) == ["It has seven hills.", "It was founded late."]
    before = len(asked.received)
    every = confidence_pipeline(asked, turn.settings).invoke(judge_rest(turn))
    assert judged(every) == list(SENTENCES) and every.stage == "done"
    assert len(asked.received) == before + 2
    assert all(set(claim.probes) == {P_TRUE_THIRD} for claim in every.claims)
    assert len(asked_claims(every)) == 4


def test_a_claim_is_quoted_in_third_person() -> None:
    asked = model()
    confidence_pipeline(asked, claims=1, signals=("weakest_claim_third",)).invoke(ASKED)
    (question,) = asked.received[-1]
    assert 'language model\'s answer is: "It has seven hills."' in str(question.content) and TEXT in str(
        question.content
    )


def test_without_a_limit_the_context_decides() -> None:
    asked = model()
    turn = confidence_pipeline(asked, signals=("sequence_probability",)).invoke(ASKED)
    assert turn.answer is not None and turn.answer.text == TEXT
    assert asked.options[0]["max_tokens"] == CONTEXT - PROBE_ROOM - len(["Tell", "me", "about", "Rome"])
    unknown = model(metadata=None)
    assert answer_room(unknown, [Message("user", "Hi")], 0) is None
    confidence_pipeline(unknown, signals=("sequence_probability",)).invoke(ASKED)
    assert "max_tokens" not in unknown.options[0]
    assert Settings(max_tokens=0).max_tokens is None  # as the settings of the page say it


def test_a_cut_answer_goes_on_as_one_and_is_judged_again() -> None:
    asked = model()
    cut = confidence_pipeline(asked, max_tokens=6, signals=("sequence_probability",)).invoke(ASKED)
    assert cut.answer is not None and (cut.answer.finish, len(cut.answer.tokens)) == ("length", 6)
    first, *between, last = confidence_pipeline(asked, cut.settings).stream(continued(cut, cut.settings))
    assert first.answer == cut.answer and first.stage == "answering"  # what there was stays on the page
    assert between and last.start is None and last.assessment is not None
    assert (
        last.answer is not None
        and len(last.answer.tokens) == 12
        and last.answer.text.startswith(cut.answer.text)
    )
    assert last.answer.tokens[:6] == cut.answer.tokens
    assert last.assessment.evidence.provenance.begun == ""  # no person chose a word of it


def test_a_full_context_says_so() -> None:
    full = Turn(ASKED, Settings(), sent=(Message("user", "a " * CONTEXT),), answer=Answer("It is"))
    with pytest.raises(CredenceError, match="context is full"):
        confidence_pipeline(model()).invoke(continued(full, Settings()))
    with pytest.raises(ValueError, match="no answer to continue"):
        continued(Turn(ASKED, Settings(), answer=Answer("")), Settings())
    thought = Answer("", reasoning=Reasoning("<think>Hm"))
    assert continued(Turn(ASKED, Settings(), answer=thought), Settings()).start == thought


def test_a_long_reply_is_looked_at_a_fifth_of_the_time(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr("chains.pipeline.model_calls.time.perf_counter", lambda: now[0])
    pace = model_calls._Pace()
    looks = 0
    for _ in range(1000):  # tokens, 10 ms apart
        now[0] += 0.01
        if pace.due(10_000):
            now[0] += 0.03
            pace.taken()
            looks += 1
    assert 0.03 * looks / now[0] < 0.2
    assert pace.due(10)  # a short reply is shown token by token

"""Replies decoded together are those of one call after another."""

from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from typing import Any

import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")

from langchain_core.messages import HumanMessage

from chains.engines.transformers.batches import decoding
from chains.engines.transformers.batches.decoding import decode_together, reads_trees
from chains.engines.transformers.decoder import Engine
from chains.engines.transformers.drawing import Sampling, Step
from chains.errors import EngineStopped
from tests.chains.tiny_model import tiny_llama, tiny_tokenizer

TRUNK = list(range(20, 50))
# Own-turn and third-person questions: of different lengths, and two of them share more than the trunk.
PROMPTS = [[*TRUNK, 1, 2, 3], [*TRUNK, 1, 2, 9, 9, 9, 9], [*TRUNK, 60, 61], [*TRUNK, 60, *range(70, 90)]]
DISTINCT = len({tuple(prompt[:end]) for prompt in PROMPTS for end in range(1, len(prompt) + 1)})
GREEDY = Sampling(temperature=0, max_tokens=8, top=5)


def engine(**changes: Any) -> Engine:
    return Engine(tiny_llama(**changes), tiny_tokenizer())


def together(
    model: Engine,
    prompts: Sequence[Sequence[int]],
    samplings: Sequence[Sampling],
    ends: frozenset[int] = frozenset(),
) -> list[list[Step]]:
    replies: list[list[Step]] = [[] for _ in prompts]
    for number, step in decode_together(model, prompts, samplings, ends):
        replies[number].append(step)
    return replies


def one_by_one(
    prompts: Sequence[Sequence[int]],
    samplings: Sequence[Sampling],
    ends: frozenset[int] = frozenset(),
    **changes: Any,
) -> list[list[Step]]:
    """Each on an engine of its own, so that nothing is shared."""
    asked = zip(prompts, samplings, strict=True)
    return [list(engine(**changes).decode(prompt, sampling, ends)) for prompt, sampling in asked]


def assert_same(replies: list[list[Step]], alone: list[list[Step]]) -> None:
    for mine, theirs in zip(replies, alone, strict=True):
        assert [step.token for step in mine] == [step.token for step in theirs]
        for step, other in zip(mine, theirs, strict=True):
            assert step.logprob == pytest.approx(other.logprob, abs=1e-3)
            assert [token for token, _ in step.top] == [token for token, _ in other.top]
            assert [p for _, p in step.top] == pytest.approx([p for _, p in other.top], abs=1e-3)


@pytest.mark.parametrize("warm", [False, True])
def test_greedy_replies_to_prompts_of_different_lengths(warm: bool) -> None:
    model = engine()
    if warm:
        list(model.decode([*TRUNK, 1, 2], GREEDY, ()))
    assert_same(together(model, PROMPTS, [GREEDY] * 4), one_by_one(PROMPTS, [GREEDY] * 4))


def test_each_shared_token_is_read_once() -> None:
    model = engine()
    cold = [
        len(prompt) - steps[0].cached
        for prompt, steps in zip(PROMPTS, together(model, PROMPTS, [GREEDY] * 4), strict=True)
    ]
    assert sum(cold) == DISTINCT
    # The prompt that most was read of is remembered; of each prompt, the last token is read in any case.
    again = list(model.decode(PROMPTS[3], GREEDY, ()))
    assert again[0].cached == len(PROMPTS[3]) - 1


def test_samples_of_one_prompt_are_those_of_their_seeds() -> None:
    samplings = [Sampling(seed=seed, max_tokens=10, top=5) for seed in range(6)]
    prompts = [PROMPTS[0]] * 6
    replies = together(engine(), prompts, samplings)
    assert_same(replies, one_by_one(prompts, samplings))
    assert len({tuple(step.token for step in steps) for steps in replies}) > 1
    for steps in replies:  # teacher-forced: the raw distribution at the tokens that were drawn
        expected = engine().logprobs(PROMPTS[0], [step.token for step in steps])
        assert [step.logprob for step in steps] == pytest.approx(expected, abs=1e-3)
    assert [len(PROMPTS[0]) - steps[0].cached for steps in replies] == [len(PROMPTS[0]), 0, 0, 0, 0, 0]


def test_replies_end_where_they_would_alone() -> None:
    limits = [replace(GREEDY, max_tokens=tokens) for tokens in (3, 8, 1, 8)]
    ends = frozenset({one_by_one(PROMPTS, limits)[1][2].token})  # the third token of the second reply
    replies = together(engine(), PROMPTS, limits, ends)
    assert_same(replies, one_by_one(PROMPTS, limits, ends))
    assert len(replies[1]) <= 3 and replies[1][-1].token in ends


def test_closing_stops_the_model(monkeypatch: pytest.MonkeyPatch) -> None:
    model = engine()
    calls = []
    read = model.read

    def counted(*asked: Any) -> Any:
        calls.append(1)
        return read(*asked)

    monkeypatch.setattr(model, "read", counted)
    with closing(decode_together(model, PROMPTS, [GREEDY] * 4, frozenset())) as steps:
        next(steps)
    assert len(calls) == 1
    assert len(together(model, PROMPTS, [GREEDY] * 4)) == 4  # and it can be asked again


@pytest.mark.parametrize(("limit", "value"), [("LARGEST_MASK", 200), ("MOST_ROWS", 2)])
def test_what_is_too_much_for_one_batch_is_decoded_in_several(
    monkeypatch: pytest.MonkeyPatch, limit: str, value: int
) -> None:
    monkeypatch.setattr(decoding, limit, value)
    assert_same(together(engine(), PROMPTS, [GREEDY] * 4), one_by_one(PROMPTS, [GREEDY] * 4))


def test_prompts_that_share_nothing() -> None:
    prompts = [[5, 6, 7], [8, 9]]
    assert_same(together(engine(), prompts, [GREEDY] * 2), one_by_one(prompts, [GREEDY] * 2))


def test_a_model_that_is_closed_meanwhile_says_so() -> None:
    model = engine()
    steps = decode_together(model, PROMPTS, [GREEDY] * 4, frozenset())
    next(steps)
    model.close()
    with pytest.raises(EngineStopped, match="closed during the reply"):
        list(steps)


def test_a_model_that_forgets_answers_one_prompt_after_another() -> None:
    sliding = engine(window=8)
    assert not reads_trees(sliding.model)
    assert_same(together(sliding, PROMPTS, [GREEDY] * 4), one_by_one(PROMPTS, [GREEDY] * 4, window=8))


def test_the_embedded_model_within_a_thousandth() -> None:
    from chains.engines.open import open_chat_model

    model: Any = open_chat_model("tiny", engine="transformers", dtype="float32")
    try:
        question = "What is the capital of Australia?"
        asked = [
            f"{question} Somebody said: Canberra. {ask}"
            for ask in ("True or false?", "How sure are you, 0 to 5?")
        ]
        prompts = [model.prompt_tokens([HumanMessage(text)]) for text in (question, question, *asked)]
        samplings = [Sampling(seed=seed, max_tokens=6, top=5) for seed in (1, 2)] + [
            replace(GREEDY, max_tokens=6)
        ] * 2
        replies = together(model.engine, prompts, samplings, model._ends)
        for prompt, steps, sampling in zip(prompts, replies, samplings, strict=True):
            model.engine._kept.clear()
            assert_same([steps], [list(model.engine.decode(prompt, sampling, model._ends))])
    finally:
        model.close()

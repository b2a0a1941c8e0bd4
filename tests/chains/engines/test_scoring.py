"""A given text gets the log-probabilities that it would have had as a reply."""

import math
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from langchain_core.language_models import BaseChatModel
from langchain_core.language_models.fake_chat_models import FakeListChatModel
from pytest import approx

from chains.engines.llama.chat_model import ChatLlama
from chains.engines.llama.scoring import _readable, forced
from chains.engines.open import open_chat_model
from chains.engines.scoring import HALF_CHARACTER, NO_SCORES, NO_TEXT, NOT_SPELLED
from chains.engines.scripted import ScriptedChatModel, ScriptedReply
from chains.engines.token_pieces import continuation_tokens
from chains.errors import EngineStopped
from chains.model_files import TINY_SHA256, tiny_gguf
from chains.pipeline.given_text import score_text
from chains.pipeline.model_calls import Meter, ask_whole
from estimators.types import Answer, Message
from tests.chains.script import ANSWER, scripted

ASKED = (Message("user", "What is the capital of Australia?"),)
TEXTS = (
    "The capital is “Canberra” – naïve café.",
    'He said: "no\\yes"\n\n  then\tleft.',
    "🦘 hops, 👩‍🚀 flies; שלום 中文!",
    " \n ",
    "<|im_end|> is no end [INST]",
    "nothing \x00 zero",
)
GREEDY = {"temperature": 0.0, "max_tokens": 24, "logprobs": True, "top_logprobs": 5}


def score(model: BaseChatModel, text: str, asked: Sequence[Message] = ASKED, top: int = 5) -> Answer:
    return score_text(model, asked, text, top_logprobs=top, meter=Meter())


def as_written(model: BaseChatModel, asked: str, **options: Any) -> None:
    """A greedy reply and its score are the same tokens with the same numbers."""
    messages = (Message("user", asked),)
    written = ask_whole(model, messages, GREEDY | options, Meter())
    scored = score(model, written.text, messages)
    assert [token.text for token in scored.tokens] == [token.text for token in written.tokens]
    for mine, theirs in zip(scored.tokens, written.tokens, strict=True):
        assert mine.logprob == approx(theirs.logprob, abs=0.05)
        assert dict(mine.top[:1]) == approx(dict(theirs.top[:1]), abs=0.05)


def test_a_script_scores_its_own_reply_and_gives_other_words_the_same_probability() -> None:
    model, meter = scripted(), Meter()
    reply = score_text(model, ASKED, "It is probably Canberra.", meter=meter)
    assert reply.tokens == ANSWER
    other = score_text(model, ASKED, "It is Sydney.", meter=meter)
    assert [token.text for token in other.tokens] == ["It", " is", " Sydney."]
    assert [token.logprob for token in other.tokens] == approx([math.log(0.9)] * 3)
    assert (meter.calls, meter.prompt_tokens, meter.new_tokens) == (2, 6 + 5 + 6 + 3, 0)
    silent = ScriptedChatModel(replies=(ScriptedReply.of("Yes.", logprobs=False),))
    assert score(silent, "Yes.").missing == NO_SCORES


def test_texts_that_cannot_be_scored() -> None:
    assert score(scripted(), "") == Answer("", missing=NO_TEXT)
    assert score(scripted(), "half \ud83e") == Answer("half \ud83e", missing=HALF_CHARACTER)


def test_a_foreign_server_cannot(foreign_server: Callable[..., str]) -> None:
    model = open_chat_model(foreign_server(lambda path, body: (200, {"data": [{"id": "m"}]})))
    meter = Meter()
    assert score_text(model, ASKED, "Canberra", meter=meter) == Answer("Canberra", missing=NO_SCORES)
    assert score(FakeListChatModel(responses=["a"]), "Canberra").missing == NO_SCORES
    assert meter.calls == 0


def test_a_text_continues_after_other_tokens() -> None:
    def spaced(text: str) -> list[tuple[int, bytes]]:  # as SentencePiece: a space before everything
        return [(ord(letter), letter.encode()) for letter in f" {text}"]

    assert continuation_tokens("ab", spaced) == [(97, b"a"), (98, b"b")]
    assert continuation_tokens("AB", lambda text: [(1, text.lower().encode())]) is None


@pytest.mark.parametrize(
    ("piece", "readable"),
    [
        (b"a", True),
        ("é".encode(), True),
        (b" \xf0\x9f", False),
        (b"\x98", False),
        (b"\xe4\xb8", False),
        (b"", True),
    ],
)
def test_pieces_of_characters(piece: bytes, readable: bool) -> None:
    assert _readable(piece) is readable


# transformers


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Any:
    pytest.importorskip("torch")
    pytest.importorskip("transformers")
    from chains.engines.transformers.chat_model import open_transformers
    from tests.chains.tiny_model import save_tiny_model

    model = open_transformers(save_tiny_model(tmp_path_factory.mktemp("tiny")), device="cpu")
    yield model
    model.close()


def test_transformers_scores_what_it_wrote(tiny: Any) -> None:
    from langchain_core.messages import HumanMessage

    from chains.engines.transformers.drawing import Sampling

    # By ids: a random model writes bytes that are no characters, which no text can give back.
    prompt = tiny.prompt_tokens([HumanMessage(ASKED[0].content)])
    written = list(tiny.engine.decode(prompt, Sampling(temperature=0, max_tokens=24, top=5), ()))
    scored = tiny.engine.score(prompt, [step.token for step in written], 5)
    assert len(scored) == 24
    for mine, theirs in zip(scored, written, strict=True):
        assert mine.logprob == approx(theirs.logprob, abs=1e-4)
        assert [token for token, _ in mine.top] == [token for token, _ in theirs.top]


@pytest.mark.parametrize("text", TEXTS)
def test_transformers_agrees_with_one_plain_evaluation(tiny: Any, text: str) -> None:
    from langchain_core.messages import HumanMessage

    from chains.engines.transformers.chat_template import text_tokens

    spelled = text_tokens(tiny.engine.tokenizer, text)
    assert spelled is not None
    prompt = tiny.prompt_tokens([HumanMessage(ASKED[0].content)])
    plain = tiny.engine.logprobs(prompt, [token for token, _ in spelled])
    scored = score(tiny, text)
    assert scored.text == text == "".join(token.text for token in scored.tokens)
    assert sum(token.logprob for token in scored.tokens) == approx(sum(plain), abs=1e-3)


def test_transformers_scores_in_blocks(tiny: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from chains.engines.transformers import decoder as transformers_engine
    from chains.engines.transformers.chat_model import open_transformers
    from tests.chains.tiny_model import save_tiny_model

    text = "the hen and the heron " * 10
    sliding = open_transformers(save_tiny_model(tmp_path, window=16), device="cpu")
    whole = [[token.logprob for token in score(model, text).tokens] for model in (tiny, sliding)]
    monkeypatch.setattr(transformers_engine, "SCORED_AT_ONCE", 7)
    tiny.engine._kept.clear()
    for model, expected in zip((tiny, sliding), whole, strict=True):
        assert [token.logprob for token in score(model, text).tokens] == approx(expected, abs=1e-3)


def test_transformers_counts_what_it_read(tiny: Any) -> None:
    tiny.engine._kept.clear()
    first, second = Meter(), Meter()
    score_text(tiny, ASKED, "the sea", meter=first)
    assert (first.calls, first.cached_tokens, first.new_tokens) == (1, 0, 0)
    score_text(tiny, ASKED, "the land", meter=second)
    assert first.prompt_tokens is not None and second.prompt_tokens is not None
    # All of the prompt but its last token, which the text's first one is read from.
    assert second.cached_tokens == second.prompt_tokens - len(tiny.get_token_ids("the land")) - 1
    assert "can read at most 512" in score(tiny, "x" * 600).missing


# llama.cpp


@pytest.fixture(scope="module")
def tiny_model() -> Iterator[ChatLlama]:
    """A separate engine: what other tests left in the cache would change log-probabilities by up to 0.2."""
    model = ChatLlama.open(tiny_gguf(), name="SmolLM2-135M-Instruct", sha256=TINY_SHA256)
    yield model
    model.close()


@pytest.mark.parametrize(
    "asked", ["What is the capital of Australia?", "Repeat: 🦘 שלום 中文 naïve", "List 3 fruits."]
)
def test_llama_scores_what_it_wrote(tiny_model: ChatLlama, asked: str) -> None:
    as_written(tiny_model, asked)


@pytest.mark.parametrize("text", TEXTS)
def test_llama_scores_any_text(tiny_model: ChatLlama, text: str) -> None:
    scored = score(tiny_model, text)
    assert "".join(token.text for token in scored.tokens) == text, scored.missing
    assert all(not token.top or len(token.top) == 5 for token in scored.tokens)


def test_llama_reports_the_raw_distribution(tiny_model: ChatLlama) -> None:
    first, second = (score(tiny_model, text).tokens[0] for text in ("The end", "Zebra"))
    assert first.top == second.top  # whatever text is forced
    assert dict(first.top)["The"] == first.logprob > second.logprob
    assert not any(text == "Z" for text, _ in second.top)


def test_llama_evaluates_the_prompt_once(tiny_model: ChatLlama) -> None:
    meter, long = Meter(), "The sea is wide and the ship is small. " * 15
    asked = (Message("user", "Tell me of the sea, " + "and of the land, " * 20),)
    read: list[int] = []
    post = tiny_model.engine.post

    def counted(path: str, body: dict[str, Any]) -> dict[str, Any]:
        answer = post(path, body)
        read.append(answer["timings"]["prompt_n"])
        return answer

    prompt = tiny_model.get_token_ids(asked[0].content)
    tokens = [(token, b"x") for token in tiny_model.get_token_ids(long)]
    entries, cached = forced(counted, prompt, tokens, 1)
    assert len(entries) == len(tokens) > 2 * 64 and cached == len(prompt) - read[0]
    assert read[1:] == [1] * (len(read) - 1)
    score_text(tiny_model, asked, "Yes.", meter=meter)
    score_text(tiny_model, asked, "No.", meter=meter)
    assert meter.new_tokens == 0 and meter.prompt_tokens is not None and meter.cached_tokens is not None
    assert meter.cached_tokens > 0.4 * meter.prompt_tokens


def test_llama_says_what_is_too_long_or_cannot_be_written(
    tiny_model: ChatLlama, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "can read at most 8,192" in score(tiny_model, "sea " * 9000).missing
    monkeypatch.setattr("chains.engines.llama.chat_model.spell", lambda post, text: [(1, b"?")])
    assert score(tiny_model, "sea").missing == NOT_SPELLED


def test_an_engine_that_reads_something_else_is_not_believed() -> None:
    def post(path: str, body: dict[str, Any]) -> dict[str, Any]:
        return {"completion_probabilities": [{"id": 8, "logprob": -0.1}], "timings": {"prompt_n": 1}}

    with pytest.raises(EngineStopped, match="did not read the given text"):
        forced(post, [1], [(7, b"a")], 1)


def test_positions_fit_the_text(tiny_model: ChatLlama) -> None:
    text = "One, two, three."
    parts = [score(tiny_model, text[:end]).tokens for end in (4, 8, 16)]
    for short, longer in pairwise(parts):
        assert [t.logprob for t in longer[: len(short)]] == approx([t.logprob for t in short], abs=0.05)

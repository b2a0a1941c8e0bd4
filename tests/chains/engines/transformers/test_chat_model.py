"""The transformers chat model, on a tiny random model."""

import asyncio
import re
from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")

import torch
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage, HumanMessage, SystemMessage

from chains.engines.token_pieces import HeldText, TokenPieces
from chains.engines.transformers.chat_model import TransformersChatModel, open_transformers
from chains.engines.transformers.decoder import Engine
from chains.engines.transformers.drawing import Sampling
from chains.engines.transformers.load import load_engine
from chains.errors import CallCancelled, EngineStopped, MessageTooLong, ModelUnavailable
from chains.messages import ReplyReader
from chains.models.line import in_line, line_of
from chains.pipeline.pipeline import confidence_pipeline
from chains.pipeline.turn import Turn
from estimators.types import Answer
from tests.chains.tiny_model import save_tiny_model, tiny_llama, tiny_tokenizer

# Short names for what the tests ask; any text does, the model is random.
ASK = [HumanMessage("Where is the café?")]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_tiny_model(tmp_path_factory.mktemp("tiny"))


@pytest.fixture(scope="module")
def opened(folder: Path) -> TransformersChatModel:
    return open_transformers(folder, device="cpu")


@pytest.fixture
def model() -> TransformersChatModel:
    """A fresh one, with nothing in its prefix cache; it never ends its turn by itself."""
    unending = fresh()
    unending._ends = frozenset()
    return unending


def fresh(**changes: Any) -> TransformersChatModel:
    engine = Engine(tiny_llama(**changes), tiny_tokenizer())
    return TransformersChatModel(engine, model_name="tiny", context=512)


def entries(message: BaseMessage) -> list[dict[str, Any]]:
    return list(message.response_metadata["logprobs"]["content"])


def utf8(items: list[dict[str, Any]]) -> bytes:
    return b"".join(bytes(item["bytes"]) for item in items)


class Forced:
    """Makes an engine write these tokens one by one, whatever it would have chosen."""

    def __init__(self, model: TransformersChatModel, text: bytes | str) -> None:
        raw = text.encode() if isinstance(text, str) else text
        pieces = TokenPieces(model.engine.tokenizer)
        single = {pieces.bytes_of(token): token for token in range(256)}
        self.tokens = iter([single[bytes([byte])] for byte in raw] + [model.engine.tokenizer.eos_token_id])
        self.evaluate = model.engine._evaluate

    def __call__(self, *arguments: Any) -> Any:
        logits, cache = self.evaluate(*arguments)
        logits = logits.clone()
        logits[next(self.tokens)] = 100.0
        return logits, cache


def test_streams_token_by_token_and_the_last_chunk_says_how_it_ended(model: TransformersChatModel) -> None:
    chunks = list(model.bind(max_tokens=12, temperature=0).stream(ASK))
    *body, last = chunks
    assert len([chunk for chunk in body if chunk.text]) > 3
    assert last.response_metadata["finish_reason"] == "length"
    assert last.usage_metadata == {
        "input_tokens": len(model.prompt_tokens(ASK)),
        "output_tokens": 12,
        "total_tokens": len(model.prompt_tokens(ASK)) + 12,
        "input_token_details": {"cache_read": 0},
    }
    for chunk in body:  # in every chunk, text and entries belong together
        assert utf8(entries(chunk)) == str(chunk.text).encode()


def test_streamed_and_whole_replies_are_the_same(model: TransformersChatModel) -> None:
    bound = model.bind(max_tokens=12, seed=3, top_logprobs=2)
    whole = bound.invoke(ASK)
    streamed: Any = None
    for chunk in bound.stream(ASK):
        streamed = chunk if streamed is None else streamed + chunk
    assert isinstance(whole, AIMessage) and isinstance(streamed, AIMessageChunk)
    assert streamed.text == whole.text
    assert [entry["token"] for entry in entries(streamed)] == [entry["token"] for entry in entries(whole)]
    assert streamed.response_metadata["model_name"] == whole.response_metadata["model_name"] == "tiny"
    assert streamed.usage_metadata is not None and whole.usage_metadata is not None
    assert streamed.usage_metadata["output_tokens"] == whole.usage_metadata["output_tokens"] == 12


@pytest.mark.parametrize("seed", range(4))
def test_entries_join_to_the_text_even_when_it_is_no_utf8(opened: TransformersChatModel, seed: int) -> None:
    reply = opened.bind(max_tokens=40, seed=seed, temperature=2.0).invoke(ASK)
    assert utf8(entries(reply)) == str(reply.text).encode()


def test_a_character_over_several_tokens_waits_and_keeps_its_pieces(
    model: TransformersChatModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    model._ends = frozenset({model.engine.tokenizer.eos_token_id})
    monkeypatch.setattr(model.engine, "_evaluate", Forced(model, "a 🦜日!"))
    chunks = list(model.bind(temperature=0).stream(ASK))
    assert [str(chunk.text) for chunk in chunks if chunk.text] == ["a", " ", "🦜", "日", "!"]
    parrot = next(chunk for chunk in chunks if chunk.text == "🦜")
    assert [entry["bytes"] for entry in entries(parrot)] == [[0xF0], [0x9F], [0xA6], [0x9C]]
    reader = ReplyReader()
    for chunk in chunks:
        reader.add(chunk)
    assert [token.text for token in reader.answer().tokens] == ["a", " ", "🦜", "日", "!"]
    assert chunks[-1].response_metadata["finish_reason"] == "stop"
    assert reader.usage is not None and reader.usage["output_tokens"] == 11  # 10 bytes and the end


def test_logprobs_are_the_raw_distribution_by_hand(model: TransformersChatModel) -> None:
    reply = model.bind(max_tokens=1, temperature=0, top_logprobs=5).invoke(ASK)
    prompt = torch.tensor([model.prompt_tokens(ASK)])
    with torch.no_grad():
        raw = model.engine.model(prompt).logits[0, -1]
    # log p = logit - log of the sum of e^logit
    by_hand = raw - raw.exp().sum().log()
    values, _ = by_hand.sort(descending=True)
    (entry,) = entries(reply)
    assert entry["logprob"] == pytest.approx(float(values[0]), abs=1e-5)
    reported = [alternative["logprob"] for alternative in entry["top_logprobs"]]
    assert reported == pytest.approx(values[:5].tolist(), abs=1e-5)
    pieces = TokenPieces(model.engine.tokenizer)
    best = [list(pieces.bytes_of(int(token))) for token in by_hand.topk(5).indices]
    assert [alternative["bytes"] for alternative in entry["top_logprobs"]] == best


@pytest.mark.parametrize("options", [{"temperature": 0.3}, {"top_p": 0.2}, {"temperature": 5.0}, {}])
def test_sampling_does_not_change_what_is_reported(
    model: TransformersChatModel, options: dict[str, Any]
) -> None:
    reply = model.bind(max_tokens=8, seed=1, **options).invoke([HumanMessage("?")])
    tokens = []
    # Ids from the steps themselves: some pieces of a random reply are no characters.
    prompt = model.prompt_tokens([HumanMessage("?")])
    sampling = Sampling(seed=1, max_tokens=8, **options)
    for step in model.engine.decode(prompt, sampling, frozenset()):
        tokens.append(step.token)
    expected = model.engine.logprobs(prompt, tokens)
    assert [entry["logprob"] for entry in entries(reply)] == pytest.approx(expected, abs=1e-4)


def test_top_p_leaves_only_the_nucleus(model: TransformersChatModel) -> None:
    greedy = model.bind(max_tokens=10, temperature=0).invoke(ASK)
    nucleus = model.bind(max_tokens=10, top_p=1e-6, seed=5).invoke(ASK)
    assert nucleus.text == greedy.text


def test_a_seed_repeats_and_another_differs(model: TransformersChatModel) -> None:
    first, again, other = (model.bind(max_tokens=16, seed=seed).invoke(ASK).text for seed in (7, 7, 8))
    assert first == again != other
    torch.manual_seed(0)
    before = torch.random.get_rng_state()
    model.bind(max_tokens=2).invoke(ASK)
    assert torch.equal(before, torch.random.get_rng_state())  # the global generator is left alone


def test_closing_the_stream_stops_the_model(
    model: TransformersChatModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = []
    evaluate = model.engine._evaluate

    def counted(*args: Any) -> Any:
        calls.append(1)
        return evaluate(*args)

    monkeypatch.setattr(model.engine, "_evaluate", counted)
    stream = model.bind(max_tokens=400, seed=0).stream(ASK)
    assert isinstance(stream, Iterator)
    next(stream)
    seen = len(calls)
    stream.close()  # type: ignore[attr-defined]
    assert len(calls) == seen <= 4
    assert model.bind(max_tokens=2).invoke(ASK).usage_metadata is not None  # and it can be asked again


def test_two_replies_may_interleave(model: TransformersChatModel) -> None:
    alone = [model.bind(max_tokens=6, seed=seed).invoke(ASK).text for seed in (1, 2)]
    streams = [model.bind(max_tokens=6, seed=seed).stream(ASK) for seed in (1, 2)]
    texts = ["", ""]
    for chunks in zip(*streams, strict=False):
        texts = [text + str(chunk.text) for text, chunk in zip(texts, chunks, strict=True)]
    assert all(whole.startswith(text) for whole, text in zip(alone, texts, strict=True))
    assert all(texts)


def test_stop_sequences_are_cut_off_with_their_entries(
    model: TransformersChatModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(model.engine, "_evaluate", Forced(model, "one END two"))
    reply = model.bind(temperature=0, stop=[" END"]).invoke(ASK)
    assert reply.text == "one"
    assert utf8(entries(reply)) == b"one"
    assert reply.response_metadata["finish_reason"] == "stop"


def test_without_logprobs_none_are_sent(model: TransformersChatModel) -> None:
    reply = model.bind(max_tokens=3, logprobs=False).invoke(ASK)
    assert "logprobs" not in reply.response_metadata


def conversation() -> list[list[BaseMessage]]:
    """Answer, own-turn questions about it, third-person questions that share only the trunk."""
    question = "Where is the café? Choose: A) here B) there"
    answered: list[BaseMessage] = [HumanMessage(question), AIMessage("here, I think")]
    return [
        [HumanMessage(question)],
        [*answered, HumanMessage("How sure?")],
        [*answered, HumanMessage("How sure, in words?")],
        [HumanMessage(question + " Somebody said: here. Right?")],
        [HumanMessage(question + " Somebody said: here. Sure?")],
        [*answered, HumanMessage("Really?")],
    ]


def test_the_prefix_cache_changes_no_probability(model: TransformersChatModel) -> None:
    for messages in conversation():
        warm = model.bind(max_tokens=6, temperature=0).invoke(messages)
        cold = fresh()
        cold._ends = frozenset()
        again = cold.bind(max_tokens=6, temperature=0).invoke(messages)
        assert warm.text == again.text
        for first, other in zip(entries(warm), entries(again), strict=True):
            assert first["logprob"] == pytest.approx(other["logprob"], abs=1e-4)
            tops = [[t["logprob"] for t in entry["top_logprobs"]] for entry in (first, other)]
            assert tops[0] == pytest.approx(tops[1], abs=1e-4)


def test_the_prefix_cache_evaluates_only_what_is_new(model: TransformersChatModel) -> None:
    prompts = [model.prompt_tokens(messages) for messages in conversation()]
    read = []
    for messages in conversation():
        usage = model.bind(max_tokens=1, temperature=0).invoke(messages).usage_metadata
        assert usage is not None
        read.append(usage["input_token_details"]["cache_read"])

    def common(first: int, other: int) -> int:
        pairs = list(zip(prompts[first], prompts[other], strict=False))
        return next(i for i, (a, b) in enumerate(pairs) if a != b)

    # Each shares the most with an earlier one; the last comes back to the own-turn family.
    assert read == [0, len(prompts[0]), common(1, 2), common(2, 3), common(3, 4), common(2, 5)]


def test_a_cache_that_cannot_be_cut_is_not_reused() -> None:
    sliding = fresh(window=8)
    replies = [sliding.bind(max_tokens=4, temperature=0).invoke(ASK) for _ in range(2)]
    assert replies[0].text == replies[1].text
    usage = replies[1].usage_metadata
    assert usage is not None and usage["input_token_details"]["cache_read"] == 0


def test_async_and_batch(model: TransformersChatModel) -> None:
    bound = model.bind(max_tokens=5, temperature=0)
    expected = bound.invoke(ASK).text

    async def streamed() -> str:
        return "".join([str(chunk.text) async for chunk in bound.astream(ASK)])

    async def both() -> tuple[Any, str]:
        return await asyncio.gather(bound.ainvoke(ASK), streamed())

    message, text = asyncio.run(both())
    assert message.text == text == expected
    assert [reply.text for reply in bound.batch([ASK, ASK, ASK])] == [expected] * 3


def test_it_says_what_it_is(opened: TransformersChatModel, folder: Path) -> None:
    assert opened.metadata is not None
    about = dict(opened.metadata["credence"])
    assert re.fullmatch(r"transformers 5\S+, torch 2\S+, float32 on cpu", about.pop("engine_build"))
    assert about == {"model": folder.name, "engine": "transformers", "model_sha256": None}
    assert opened.profile == {"max_input_tokens": 512}
    # <|im_start|>user\n … <|im_end|>\n<|im_start|>assistant\n, with "he", " t" and é as one token each
    assert opened.get_num_tokens_from_messages([HumanMessage("the")]) == 1 + 5 + 2 + 2 + 1 + 10
    assert opened.get_num_tokens("the") == 2


def test_a_message_that_fills_the_context(folder: Path) -> None:
    small = open_transformers(folder, device="cpu", context=30)
    length = len(small.prompt_tokens([HumanMessage("a")]))
    fits = small.bind(temperature=0).invoke([HumanMessage("a" * (31 - length))])
    assert fits.usage_metadata is not None and fits.usage_metadata["output_tokens"] == 1
    assert fits.response_metadata["finish_reason"] == "length"
    with pytest.raises(MessageTooLong) as caught:
        small.invoke([HumanMessage("a" * (32 - length))])
    assert (caught.value.tokens, caught.value.limit) == (31, 30)


def test_a_started_answer_is_continued(opened: TransformersChatModel) -> None:
    started = opened.prompt_tokens([*ASK, AIMessage("It is")])
    assert started == [*opened.prompt_tokens(ASK), *opened.get_token_ids("It is")]


def test_a_template_without_system_role_gets_it_in_the_first_turn(tmp_path: Path) -> None:
    picky = (
        "{% for message in messages %}{% if message['role'] == 'system' %}"
        "{{ raise_exception('System role not supported') }}{% endif %}{{ message['content'] }}{% endfor %}"
    )
    model = open_transformers(save_tiny_model(tmp_path, template=picky), device="cpu")
    tokens = model.prompt_tokens([SystemMessage("Be brief."), HumanMessage("Hi")])
    assert tokens == model.get_token_ids("Be brief.\n\nHi")
    with pytest.raises(ModelUnavailable, match="rejects this conversation"):
        model.prompt_tokens([HumanMessage("Hi"), SystemMessage("Be brief.")])


@pytest.mark.parametrize(
    ("bound", "message"),
    [
        ({"temperature": -1.0}, "temperature -1.0"),
        ({"top_p": 0.0}, "top_p 0.0"),
        ({"max_tokens": 0}, "max_tokens 0"),
        ({"min_p": 0.1}, "unknown option min_p"),
    ],
)
def test_options_out_of_range(model: TransformersChatModel, bound: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        model.bind(**bound).invoke(ASK)


def test_closed_means_closed(folder: Path) -> None:
    model = open_transformers(folder, device="cpu")
    model._ends = frozenset()
    stream = model.bind(max_tokens=50, seed=0).stream(ASK)
    next(stream)
    model.close()
    model.close()
    with pytest.raises(EngineStopped, match="closed during the reply"):
        list(stream)
    with pytest.raises(ModelUnavailable, match="Open it again"):
        model.invoke(ASK)


@pytest.mark.parametrize("error", [torch.OutOfMemoryError("CUDA out of memory"), MemoryError()])
def test_out_of_memory_is_a_sentence_and_the_next_message_works(
    model: TransformersChatModel, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def full(**_: Any) -> None:
        raise error

    with monkeypatch.context() as patch:
        patch.setattr(model.engine.model, "forward", full)
        with pytest.raises(EngineStopped, match="ran out of memory on cpu at"):
            model.invoke(ASK)
    assert model.bind(max_tokens=2).invoke(ASK).usage_metadata is not None


def unavailable(reference: object, **options: Any) -> str:
    with pytest.raises(ModelUnavailable) as caught:
        open_transformers(str(reference), **options)
    return str(caught.value)


def test_what_cannot_be_opened_says_why_and_what_next(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "no config.json" in unavailable(tmp_path)
    (tmp_path / "x.gguf").write_bytes(b"no model")
    assert "contains x.gguf: give that path" in unavailable(tmp_path)
    assert "cannot be loaded" in unavailable(tmp_path / "x.gguf")
    assert "no file" in unavailable(tmp_path / "y.gguf")
    assert "no folder" in unavailable(tmp_path / "nowhere")
    assert "no device 'gpu'" in unavailable(folder, device="gpu")
    assert "no dtype 'int4'" in unavailable(folder, dtype="int4")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert "finds no device 'cuda'" in unavailable(folder, device="cuda")


def test_a_model_without_chat_template_says_so(tmp_path: Path) -> None:
    message = unavailable(save_tiny_model(tmp_path, template=None))
    assert "no chat template" in message and "instruct" in message


def test_broken_weights_say_so(tmp_path: Path) -> None:
    weights = save_tiny_model(tmp_path) / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:1000])
    assert "damaged or incomplete" in unavailable(tmp_path)


def test_without_the_hub_only_what_is_cached_opens(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import huggingface_hub

    monkeypatch.setattr("chains.engines.transformers.load._hub_answers", lambda: False)
    assert "cannot be reached, and a/b is not on this machine" in unavailable("a/b")
    monkeypatch.setattr(huggingface_hub, "snapshot_download", lambda *_, **__: str(folder))
    model = open_transformers("a/b")
    assert model.metadata is not None and model.metadata["credence"]["model"] == "a/b"


@pytest.mark.parametrize(
    ("raised", "message"),
    [
        (OSError("We couldn't connect to 'https://huggingface.co' to load the files"), "cannot be reached"),
        (OSError("You are trying to access a gated repo."), "is gated. Accept its terms"),
        (OSError("a/b is not a local folder and is not a valid model identifier"), "has no model a/b"),
        (MemoryError(), "does not fit into memory"),
        (ImportError("sentencepiece"), "needs a package that is missing"),
        (ValueError("unknown architecture"), "cannot be loaded: unknown architecture"),
    ],
)
def test_what_the_hub_may_answer(raised: Exception, message: str, monkeypatch: pytest.MonkeyPatch) -> None:
    import transformers

    def fails(*_: Any, **__: Any) -> None:
        raise raised

    monkeypatch.setattr("chains.engines.transformers.load._hub_answers", lambda: True)
    monkeypatch.setattr(transformers.AutoTokenizer, "from_pretrained", fails)
    assert message in unavailable("a/b", device="cpu")


@pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing`:FutureWarning")  # peft, as it wraps the base
def test_an_adapter_is_merged_and_one_that_does_not_fit_is_refused(folder: Path, tmp_path: Path) -> None:
    peft = pytest.importorskip("peft")
    base = tiny_llama()
    config = peft.LoraConfig(r=2, target_modules=["q_proj"], init_lora_weights=False, task_type="CAUSAL_LM")
    torch.manual_seed(0)
    peft.get_peft_model(base, config).save_pretrained(tmp_path / "lora")
    plain, adapted = (load_engine(str(folder), adapter=path) for path in (None, str(tmp_path / "lora")))
    prompt, reply = [1, 2, 3], [4, 5]
    assert adapted.logprobs(prompt, reply) != pytest.approx(plain.logprobs(prompt, reply), abs=1e-3)
    other = save_tiny_model(tmp_path / "other", layers=1)  # the adapter is for two layers
    message = unavailable(other, adapter=tmp_path / "lora")
    assert "does not fit" in message and "base model" in message


def test_loading_is_quiet(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    open_transformers(folder, device="cpu")
    written = capfd.readouterr()
    assert (written.out, written.err) == ("", "")


def test_importing_costs_little() -> None:
    import subprocess
    import sys

    script = (
        f"import sys, {TransformersChatModel.__module__};"
        "sys.exit('torch' in sys.modules or 'transformers' in sys.modules)"
    )
    root = Path(__file__).parents[4]
    assert subprocess.run([sys.executable, "-c", script], cwd=root, timeout=60).returncode == 0


def entry(raw: bytes) -> dict[str, Any]:
    return {"token": raw.decode(errors="replace"), "bytes": list(raw), "logprob": -1.0, "top_logprobs": []}


def held(pieces: list[bytes], stop: tuple[str, ...] = ()) -> tuple[str, list[list[int]]]:
    buffer = HeldText(stop)
    released = [buffer.push(entry(piece)) for piece in pieces] + [buffer.flush()]
    return "".join(text for text, _ in released), [entry["bytes"] for _, group in released for entry in group]


@pytest.mark.parametrize(
    ("pieces", "stop", "text", "kept"),
    [
        ([b"a\xc3", b"\xa9"], (), "aé", [b"a\xc3", b"\xa9"]),
        ([b"\xe2\x82", b"a"], (), "\ufffda", ["\ufffd".encode(), b"a"]),  # no character: replaced in both
        ([b"\xf0", b"\x9f", b"a"], (), "\ufffda", ["\ufffd".encode(), b"", b"a"]),
        ([b"a", b"\xf0\x9f"], (), "a\ufffd", [b"a", "\ufffd".encode()]),  # cut off by the token limit
        ([b"x", b"S", b"T", b"y"], ("STOP",), "xSTy", [b"x", b"S", b"T", b"y"]),
        ([b"x S", b"TO", b"P!"], ("STOP",), "x ", [b"x "]),
        (["é1".encode(), b"2\n", b"3"], ("\n",), "é12", ["é1".encode(), b"2"]),
    ],
)
def test_held_text(pieces: list[bytes], stop: tuple[str, ...], text: str, kept: list[bytes]) -> None:
    # After a stop the model would write no more; pushing on here only shows that text and bytes stay equal.
    if stop and text != b"".join(pieces).decode(errors="replace"):
        pieces = pieces[: 3 if stop == ("STOP",) else 2]
    joined, parts = held(pieces, stop)
    assert joined == text
    assert parts == [list(part) for part in kept]


def sentencepiece_tokenizer() -> Any:
    """Llama-like: "▁" for a space, bytes as a fallback, and a decoder that would strip the first space."""
    from tokenizers import Tokenizer, decoders, models
    from transformers import PreTrainedTokenizerFast

    pieces = ["<unk>", "</s>", "▁the", "▁▁", "café", "<0xF0>", "<0x0A>"]
    backend = Tokenizer(models.BPE(vocab={piece: i for i, piece in enumerate(pieces)}, merges=[]))
    backend.decoder = decoders.Sequence(
        [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)]
    )
    make: Any = PreTrainedTokenizerFast
    return make(tokenizer_object=backend, eos_token="</s>", unk_token="<unk>")


def test_pieces_of_a_sentencepiece_vocabulary() -> None:
    pieces = TokenPieces(sentencepiece_tokenizer())
    assert [pieces.bytes_of(token) for token in range(1, 8)] == [
        b"",  # the end of the sequence
        b" the",
        b"  ",
        "café".encode(),
        b"\xf0",
        b"\n",
        b"",  # beyond the vocabulary
    ]


def test_pieces_of_a_word_vocabulary() -> None:
    from tokenizers import Tokenizer, models
    from transformers import PreTrainedTokenizerFast

    backend = Tokenizer(models.WordLevel(vocab={"<unk>": 0, "the": 1, "café": 2}, unk_token="<unk>"))
    make: Any = PreTrainedTokenizerFast
    pieces = TokenPieces(make(tokenizer_object=backend, unk_token="<unk>"))
    assert pieces.bytes_of(1) + pieces.bytes_of(2, previous=1) == "the café".encode()


def test_rows_of_a_batch_are_asked_like_the_model_itself(model: TransformersChatModel) -> None:
    asked: list[tuple[list[BaseMessage], dict[str, Any]]] = [
        ([HumanMessage("How sure?")], {"max_tokens": 5, "temperature": 0.0}),
        ([HumanMessage("Is it true?")], {"max_tokens": 8, "seed": 4, "top_logprobs": 2}),
        (list(ASK), {"max_tokens": 3, "seed": 5, "logprobs": False}),
    ]
    streams = [
        row.bind(**own).stream(messages)
        for row, (messages, own) in zip(model.together(asked), asked, strict=True)
    ]
    replies: list[Any] = [None] * len(asked)
    for chunks in zip_longest(*streams):
        for number, chunk in enumerate(chunks):
            replies[number] = (
                chunk if replies[number] is None else replies[number] + chunk if chunk else replies[number]
            )
    for reply, (messages, own) in zip(replies, asked, strict=True):
        alone = fresh()
        alone._ends = frozenset()
        whole = alone.bind(**own).invoke(messages)
        assert reply.text == whole.text
        assert reply.usage_metadata["output_tokens"] == own["max_tokens"]
        assert ("logprobs" in reply.response_metadata) is own.get("logprobs", True)
        if "logprobs" in reply.response_metadata:
            pairs = zip(entries(reply), entries(whole), strict=True)
            assert all(
                entry["logprob"] == pytest.approx(other["logprob"], abs=1e-3) for entry, other in pairs
            )


def test_a_batch_with_a_message_that_is_too_long_does_not_begin(folder: Path) -> None:
    small = open_transformers(folder, device="cpu", context=30)
    with pytest.raises(MessageTooLong):
        small.together([([HumanMessage("a")], {}), ([HumanMessage("a" * 30)], {})])


def test_an_answer_and_a_batch_have_a_place_each_in_the_line(opened: TransformersChatModel) -> None:
    line = line_of(opened)
    with line.joined(lambda _: True), in_line(answering=True), in_line(answering=False, questions=10):
        assert (line.load.running, line.load.waiting) == (1, 0)  # neither waits for the other
        with pytest.raises(CallCancelled), line.place(lambda _: False):  # a second answer would wait
            pass


def test_the_pipeline_gives_the_same_record_with_batches_and_without() -> None:
    def turn(at_once: int | None) -> Turn:
        engine = Engine(tiny_llama(), tiny_tokenizer())
        model = TransformersChatModel(engine, model_name="tiny", context=4096)
        return confidence_pipeline(
            model,
            at_once=at_once,
            samples=3,
            max_tokens=6,
            signals=("p_true_own", "p_true_third", "numeric", "cocoa"),
        ).invoke("Where is the café?")

    batch, single = turn(None), turn(1)
    assert list(batch.probes) == list(single.probes) and len(batch.samples) == 3
    for name, probe in batch.probes.items():
        assert_close(probe.reply, single.probes[name].reply)
    for sample, other in zip(batch.samples, single.samples, strict=True):
        assert_close(sample, other)
    assert batch.meter.calls == single.meter.calls and batch.meter.new_tokens == single.meter.new_tokens
    assert batch.meter.cached_tokens is not None and single.meter.cached_tokens is not None
    assert batch.meter.cached_tokens >= single.meter.cached_tokens


def assert_close(reply: Answer, other: Answer) -> None:
    assert reply.text == other.text
    pairs = zip(reply.tokens, other.tokens, strict=True)
    assert all(token.logprob == pytest.approx(theirs.logprob, abs=1e-3) for token, theirs in pairs)

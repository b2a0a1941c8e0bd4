"""A LangChain chat model for any transformers model that streams raw log-probabilities."""

import contextlib
from collections.abc import Generator, Iterator, Mapping, Sequence
from itertools import accumulate
from pathlib import Path
from typing import Any, ClassVar, Self, cast

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.messages.ai import InputTokenDetails, UsageMetadata
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from pydantic import PrivateAttr

from chains.engines.internals import Inside
from chains.engines.scoring import NOT_SPELLED, CannotScore, checked_room, scored
from chains.engines.token_pieces import Entry, HeldText, TokenPieces
from chains.engines.transformers import chat_template
from chains.engines.transformers.batches.decoding import decode_together
from chains.engines.transformers.batches.rows import Batch
from chains.engines.transformers.decoder import Engine
from chains.engines.transformers.drawing import OPTIONS, Sampling, Step, sampling_of
from chains.engines.transformers.internals import inside
from chains.engines.transformers.load import DTYPES, load_engine
from chains.engines.transformers.weights import UNKNOWN_CONTEXT, build_line, context_length, weights_sha256
from chains.engines.transformers.zero_gpu import on_gpu
from chains.errors import MessageTooLong, ModelUnavailable


def open_transformers(
    path_or_id: str | Path,
    *,
    device: str | None = None,
    dtype: str | None = None,
    context: int | None = None,
    adapter: str | Path | None = None,
    static_cache: int | None = None,
    compiled: bool = False,
    **options: Any,
) -> "TransformersChatModel":
    """Open a folder of safetensors, a hub id or a ``.gguf`` file (dequantized) with transformers.

    Parameters
    ----------
    device : "cuda", "mps" or "cpu"; by default the best one available
    dtype : "float32", "bfloat16" or "float16"; by default half precision on a GPU and "float32" on the CPU, except for
        weights saved in bfloat16 where the processor computes with it
    context : most tokens to read; by default the model's own limit
    adapter : folder or hub id of a LoRA adapter (peft), merged into the weights
    static_cache : tokens of a cache of fixed size for decoding, meant for CUDA; longer conversations do without it
    compiled : compile the decoding step (torch.compile), which needs a static cache and a minute at the start
    options : defaults of the chat model, such as ``temperature`` and ``max_tokens``

    Raises ModelUnavailable.
    """
    reference = str(path_or_id)
    if dtype is not None and dtype not in DTYPES:
        raise ModelUnavailable(f"There is no dtype {dtype!r}. Choose one of {', '.join(DTYPES)}.")
    if compiled and static_cache is None:
        raise ModelUnavailable(
            "compiled needs a static cache. Add static_cache=4096, the longest conversation in tokens."
        )
    engine = load_engine(
        reference, device=device, dtype=dtype, adapter=str(adapter) if adapter else None, as_saved=not adapter,
        static_cache=static_cache, compiled=compiled,
    )  # fmt: skip
    return chat_model_of(engine, reference, adapter=adapter, context=context, **options)


def chat_model_of(
    engine: Engine,
    reference: str,
    *,
    adapter: str | Path | None = None,
    context: int | None = None,
    **options: Any,
) -> "TransformersChatModel":
    """The chat model for a loaded engine; ``reference`` and ``adapter`` say what was loaded."""
    path = Path(reference).expanduser()
    name = path.stem if reference.endswith(".gguf") else path.resolve().name if path.is_dir() else reference
    if adapter is not None:
        name = f"{name} + {Path(adapter).name}"
    own = context_length(engine)
    return TransformersChatModel(
        engine,
        model_name=name,
        context=min(context or own, own),
        metadata={
            "credence": {"model": name, "engine": "transformers"}
            | {"model_sha256": weights_sha256(path, adapter), "engine_build": build_line(engine)}
        },
        **options,
    )


class TransformersChatModel(BaseChatModel):
    """A chat model on this machine; its messages carry OpenAI-style log-probabilities.

    Bind ``temperature`` (0 is greedy), ``top_p``, ``max_tokens``, ``seed``,
    ``stop``, ``logprobs`` and ``top_logprobs``; the fields here are the
    defaults. Log-probabilities are nats of the emitted token, from the raw
    distribution.
    """

    continues_begun: ClassVar[bool] = True  # it continues a final assistant message
    places: ClassVar[int] = 2  # an answer, and one batch of follow-up questions; their evaluations take turns

    model_name: str
    context: int = UNKNOWN_CONTEXT
    temperature: float = 1.0
    top_p: float = 1.0
    max_tokens: int | None = None  # None: until the context is full
    seed: int | None = None
    logprobs: bool = True
    top_logprobs: int = 20
    _engine: Engine | None = PrivateAttr(default=None)
    _pieces: Any = PrivateAttr(default=None)
    _ends: frozenset[int] = PrivateAttr(default=frozenset())
    _row: "tuple[Batch, int] | None" = PrivateAttr(default=None)

    def __init__(self, engine: Engine, **fields: Any) -> None:
        super().__init__(**fields)
        self.profile = self.profile or {"max_input_tokens": self.context}
        self._engine, self._pieces, self._ends = (
            engine,
            TokenPieces(engine.tokenizer),
            chat_template.turn_ends(engine.tokenizer, engine.model.generation_config),
        )

    @property
    def engine(self) -> Engine:
        """The loaded model; raises ModelUnavailable once it is closed."""
        if self._engine is None:
            raise ModelUnavailable(f"{self.model_name} was closed. Open it again.")
        return self._engine

    @property
    def opens_reasoning(self) -> bool:
        """Whether the model's chat template opens its reasoning, so that a reply begins within it."""
        return chat_template.prompt_opens_reasoning(self.engine.tokenizer)

    def close(self) -> None:
        """Free the model's memory; later calls raise ModelUnavailable."""
        if self._engine is not None:
            self._engine.close()
            self._engine = None

    def prompt_tokens(self, messages: Sequence[BaseMessage]) -> list[int]:
        """The token ids that the model reads for these messages, with its chat template."""
        return chat_template.template_tokens(self.engine.tokenizer, messages)

    def token_bytes(self, token: int) -> bytes:
        """The bytes that a token adds to a reply; empty for a special token."""
        raw: bytes = self._pieces.bytes_of(token)
        return raw

    def get_token_ids(self, text: str) -> list[int]:
        """The token ids of a plain text."""
        return list(self.engine.tokenizer.encode(text, add_special_tokens=False))

    def get_num_tokens_from_messages(self, messages: list[BaseMessage], tools: Any = None) -> int:
        """The number of tokens of these messages, template included."""
        return len(self.prompt_tokens(messages))

    def together(self, asked: Sequence[tuple[Sequence[BaseMessage], Mapping[str, Any]]]) -> list[Self]:
        """One model for each of these requests (messages and bound options); it answers only that one.

        Streamed in turn in one thread, they decode as one batch, in which a shared beginning is read once.
        """
        requests = [self._asked(*request)[:2] for request in asked]
        prompts, samplings = ([request[part] for request in requests] for part in (0, 1))
        batch = Batch(requests, lambda: on_gpu(decode_together, self.engine, prompts, samplings, self._ends))
        rows = [self.model_copy() for _ in requests]
        for number, row in enumerate(rows):
            row._row = (batch, number)
        return rows

    def score(self, messages: list[BaseMessage], text: str, top_logprobs: int) -> AIMessage:
        """The text as the reply to the messages, with the raw log-probabilities of its tokens.

        Raises MessageTooLong, CannotScore, EngineStopped.
        """
        prompt, tokens = self.prompt_tokens(messages), chat_template.text_tokens(self.engine.tokenizer, text)
        if tokens is None:
            raise CannotScore(NOT_SPELLED)
        checked_room(len(prompt), len(tokens), self.context)
        given = [token for token, _ in tokens]
        steps = list(on_gpu(Engine.score, self.engine, prompt, given, top_logprobs))
        before = [None, *(step.token for step in steps)]
        entries = [self._entry(*pair) for pair in zip(steps, before, strict=False)]
        return scored(text, entries, len(prompt), steps[0].cached)

    def inside(self, messages: Sequence[BaseMessage], text: str, end: int) -> Inside:
        """Attention weights and hidden states while it reads the text as its reply; ``end``: of the scored part.

        Raises MessageTooLong, CannotScore, EngineStopped.
        """
        prompt, tokens = self.prompt_tokens(messages), chat_template.text_tokens(self.engine.tokenizer, text)
        if not tokens:
            raise CannotScore(NOT_SPELLED)
        checked_room(len(prompt), len(tokens), self.context)
        ends = accumulate(len(raw) for _, raw in tokens)
        last = sum(place < len(text[:end].encode()) for place in ends)
        given = [token for token, _ in tokens]
        (read,) = on_gpu(inside, self.engine, prompt, given, min(last, len(tokens) - 1))
        return cast(Inside, read)

    @property
    def _llm_type(self) -> str:
        return "transformers"

    @property
    def _identifying_params(self) -> dict[str, Any]:
        return {"model_name": self.model_name}

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        chunks = list(self._stream(messages, stop, run_manager, **kwargs))
        last = chunks[-1]
        assert isinstance(last.message, AIMessageChunk)
        infos = [chunk.generation_info or {} for chunk in chunks]
        entries = [entry for info in infos for entry in info.get("logprobs", {}).get("content", ())]
        info = {**infos[-1]} | ({"logprobs": {"content": entries}} if entries else {})
        text = "".join(chunk.text for chunk in chunks)
        message = AIMessage(text, usage_metadata=last.message.usage_metadata)
        return ChatResult(generations=[ChatGeneration(message=message, generation_info=info)])

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        prompt, sampling, with_logprobs = self._asked(messages, kwargs)
        held, finish, count, cached = HeldText(stop or ()), "length", 0, 0
        previous: int | None = None
        with contextlib.closing(self._steps(prompt, sampling)) as steps:
            for step in steps:
                count, cached = count + 1, step.cached
                text, entries = held.push(self._entry(step, previous))
                if text or entries:
                    yield _chunk(text, entries if with_logprobs else [])
                if step.token in self._ends or held.stopped:
                    finish = "stop"
                    break
                previous = step.token
        text, entries = held.flush()
        if text or entries:
            yield _chunk(text, entries if with_logprobs else [])
        usage = UsageMetadata(
            input_tokens=len(prompt),
            output_tokens=count,
            total_tokens=len(prompt) + count,
            input_token_details=InputTokenDetails(cache_read=cached),
        )
        yield ChatGenerationChunk(
            message=AIMessageChunk(content="", usage_metadata=usage, chunk_position="last"),
            generation_info={"finish_reason": finish, "model_name": self.model_name},
        )

    def _steps(self, prompt: list[int], sampling: Sampling) -> Generator[Step, None, None]:
        if self._row is None:
            return on_gpu(Engine.decode, self.engine, prompt, sampling, self._ends)
        batch, number = self._row
        return batch.steps(number, prompt, sampling)

    def _asked(
        self, messages: Sequence[BaseMessage], options: Mapping[str, Any]
    ) -> tuple[list[int], Sampling, bool]:
        """The prompt, how the reply is drawn, and whether to report log-probabilities; raises MessageTooLong."""
        prompt = self.prompt_tokens(messages)
        if len(prompt) > self.context:
            raise MessageTooLong(len(prompt), self.context)
        room = self.context - len(prompt) + 1  # the last token is only written, not read
        return prompt, *sampling_of(options, {name: getattr(self, name) for name in OPTIONS}, room)

    def _entry(self, step: Step, previous: int | None) -> Entry:
        def described(token: int, logprob: float) -> Entry:
            raw: bytes = self._pieces.bytes_of(token, previous)
            return {"token": raw.decode(errors="replace"), "bytes": list(raw), "logprob": logprob}

        return described(step.token, step.logprob) | {
            "top_logprobs": [described(*alternative) for alternative in step.top]
        }


def _chunk(text: str, entries: list[Entry]) -> ChatGenerationChunk:
    info = {"logprobs": {"content": entries}} if entries else None
    return ChatGenerationChunk(message=AIMessageChunk(content=text), generation_info=info)

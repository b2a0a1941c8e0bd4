"""The chat model on the embedded engine."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any, ClassVar, Self

import httpx2
import openai
from langchain_core.language_models.chat_models import agenerate_from_stream, generate_from_stream
from langchain_core.messages import AIMessage, BaseMessage, convert_to_openai_messages
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from pydantic import PrivateAttr, SecretStr

from chains.engines.llama.multibyte_logprobs import PieceRepair
from chains.engines.llama.process import LlamaEngine
from chains.engines.llama.repeated_beginning import RepeatedBeginning, beginning
from chains.engines.llama.scoring import forced, spell
from chains.engines.scoring import NOT_SPELLED, CannotScore, checked_room, scored
from chains.engines.servers.errors import plain_error
from chains.engines.servers.event_stream import watch, watch_async
from chains.engines.servers.openai_server import ChatServer, watching
from chains.engines.token_pieces import continuation_tokens
from chains.errors import CredenceError
from chains.opening import Step, report
from estimators.parsing.reasoning import opens_reasoning

_LOADING = 600.0  # seconds; a large model on a slow disk may take this long
_BACK = 10.0  # seconds that a stopped engine may take to restart


class ChatLlama(ChatServer):
    """A GGUF model on the embedded engine, which it owns: close() stops both."""

    continues_begun: ClassVar[bool] = True  # it continues a final assistant message
    probes_at_once: ClassVar[int] = 1  # it keeps a prefix in one slot, and a second slot would read it again
    more_options: ClassVar[
        tuple[str, ...]
    ] = ()  # the embedded engine samples from the whole distribution anyway

    _engine: LlamaEngine = PrivateAttr()
    _opens: bool | None = PrivateAttr(default=None)

    @classmethod
    def open(cls, path: Path | str, *, name: str = "", sha256: str | None = None, **options: Any) -> Self:
        """Start an engine for a GGUF file and wait until it answers; options are those of LlamaEngine.

        Raises ModelUnavailable if the file is bad, memory is short or the engine does not start.
        """
        report(Step(f"starting {name or Path(path).stem}"))
        engine = LlamaEngine(path, name=name, **options)
        try:
            engine.wait_ready(_LOADING)
        except BaseException:
            engine.close()
            raise
        # The engine is on this machine: no proxy, and no connection kept open across a restart.
        direct: dict[str, Any] = {"trust_env": False, "limits": httpx2.Limits(max_keepalive_connections=0)}
        model = cls(
            model=engine.name,
            base_url=f"{engine.url}/v1",
            api_key=SecretStr(engine.key),
            http_client=openai.DefaultHttpxClient(**direct, **watching(watch)),
            http_async_client=openai.DefaultAsyncHttpxClient(**direct, **watching(watch_async)),
            max_retries=0,
            stream_usage=True,
            use_responses_api=False,
            stream_chunk_timeout=None,
            metadata={
                "credence": {
                    "model": engine.name,
                    "engine": "llama.cpp",
                    "model_sha256": sha256,
                    "engine_build": engine.description,
                }
            },
            profile={"max_input_tokens": engine.n_ctx},
        )
        model._engine, model._watched = engine, True
        return model

    @property
    def engine(self) -> LlamaEngine:
        """The engine behind this model."""
        return self._engine

    @property
    def at_once(self) -> int:
        """How many calls about one answer are worth making at the same time."""
        return max(1, self._engine.n_parallel // 2)

    @property
    def places(self) -> int:
        """How many calls the engine answers at the same time, of all turns together."""
        return self._engine.n_parallel

    @property
    def opens_reasoning(self) -> bool:
        """Whether the model's chat template opens its reasoning, so that a reply begins within it."""
        if self._opens is None:
            self._opens = opens_reasoning(self._rendered([{"role": "user", "content": "Hello"}]))
        return self._opens

    @property
    def trouble(self) -> str:
        """Why the engine last stopped; empty once it has run for a while since."""
        return self._engine.trouble

    def try_now(self) -> None:
        """Start a paused engine without waiting for the end of the pause."""
        self._engine.try_now()

    def close(self) -> None:
        """Stop the engine; safe to call twice."""
        self._engine.close()
        self.root_client.close()

    def get_num_tokens_from_messages(
        self, messages: Sequence[BaseMessage], *args: Any, **options: Any
    ) -> int:
        """The number of tokens of these messages as a prompt, template included."""
        rendered = self._rendered(convert_to_openai_messages(list(messages)))
        return len(self._tokens(rendered, special=True))

    def get_token_ids(self, text: str) -> list[int]:
        """The model's own token ids of a text."""
        return self._tokens(text, special=False)

    def score(self, messages: list[BaseMessage], text: str, top_logprobs: int) -> AIMessage:
        """The text as the reply to the messages, with the raw log-probabilities of its tokens.

        Raises MessageTooLong, CannotScore, EngineStopped.
        """
        as_sent = self._get_request_payload(messages)["messages"]
        prompt = self._tokens(self._rendered(as_sent), special=True)
        tokens = continuation_tokens(text, partial(spell, self._engine.post))
        if tokens is None:
            raise CannotScore(NOT_SPELLED)
        checked_room(len(prompt), len(tokens), self._engine.n_ctx)
        entries, cached = forced(self._engine.post, prompt, tokens, top_logprobs)
        return scored(text, entries, len(prompt), cached)

    def _rendered(self, messages: Any) -> str:
        """The prompt of these messages, by the model's chat template."""
        return str(self._engine.post("/apply-template", {"messages": messages})["prompt"])

    def _tokens(self, text: str, *, special: bool) -> list[int]:
        body = {"content": text, "add_special": special, "parse_special": special}
        return [int(token) for token in self._engine.post("/tokenize", body)["tokens"]]

    def _plain_error(self, error: Exception, *, begun: bool) -> CredenceError:
        if isinstance(error, openai.APIConnectionError | httpx2.TransportError):
            return self._engine.lost()
        return plain_error(error, "the embedded engine", begun=begun)

    def _repair(self, messages: list[BaseMessage]) -> PieceRepair:
        as_sent = self._get_request_payload(messages)["messages"]
        return PieceRepair(self._engine.post, as_sent)

    def _finish(self, messages: list[BaseMessage], result: ChatResult, options: dict[str, Any]) -> None:
        """Correct a complete reply, and drop a character that the token limit cut in two, as streaming does."""
        begun = beginning(messages)
        for place, generation in enumerate(result.generations):
            if begun and generation.text.startswith(begun):  # the server repeats it
                rest = generation.message.model_copy(update={"content": generation.text[len(begun) :]})
                generation = ChatGeneration(message=rest, generation_info=generation.generation_info)
                result.generations[place] = generation
            entries = _entries(generation.generation_info)
            self._repair(messages)(entries)
            data = b"".join(bytes(entry.get("bytes") or ()) for entry in entries)
            whole = data.decode(errors="replace")  # a model may write bytes that are not a character
            if options.get("logprobs") and generation.text != whole and generation.text.startswith(whole):
                message = generation.message.model_copy(update={"content": whole})
                result.generations[place] = ChatGeneration(
                    message=message, generation_info=generation.generation_info
                )

    def _generate(self, messages: list[BaseMessage], *args: Any, **kwargs: Any) -> ChatResult:
        self._engine.wait_ready(_BACK)
        if self._engine.native:  # some versions refuse a complete reply that ends inside a character
            return generate_from_stream(self._stream(messages, *args, **kwargs))
        result = super()._generate(messages, *args, **kwargs)
        self._finish(messages, result, kwargs)
        return result

    async def _agenerate(self, messages: list[BaseMessage], *args: Any, **kwargs: Any) -> ChatResult:
        await asyncio.to_thread(self._engine.wait_ready, _BACK)
        if self._engine.native:
            return await agenerate_from_stream(self._astream(messages, *args, **kwargs))
        result = await super()._agenerate(messages, *args, **kwargs)
        await asyncio.to_thread(self._finish, messages, result, kwargs)
        return result

    def _stream(
        self, messages: list[BaseMessage], *args: Any, **kwargs: Any
    ) -> Iterator[ChatGenerationChunk]:
        self._engine.wait_ready(_BACK)
        repair, fresh = self._repair(messages), RepeatedBeginning(beginning(messages))
        with contextlib.closing(super()._stream(messages, *args, **kwargs)) as chunks:  # type: ignore[type-var]
            for chunk in chunks:
                entries = _entries(chunk.generation_info)
                chunk = fresh(chunk, entries)
                repair(entries)
                yield chunk

    async def _astream(
        self, messages: list[BaseMessage], *args: Any, **kwargs: Any
    ) -> AsyncIterator[ChatGenerationChunk]:
        await asyncio.to_thread(self._engine.wait_ready, _BACK)
        repair, fresh = self._repair(messages), RepeatedBeginning(beginning(messages))
        async with contextlib.aclosing(super()._astream(messages, *args, **kwargs)) as chunks:  # type: ignore[type-var]
            async for chunk in chunks:
                entries = _entries(chunk.generation_info)
                chunk = fresh(chunk, entries)
                if any(max(entry.get("bytes") or (0,)) > 127 for entry in entries):
                    await asyncio.to_thread(repair, entries)
                else:
                    repair(entries)  # sends nothing for plain ASCII
                yield chunk


def _entries(info: dict[str, Any] | None) -> list[dict[str, Any]]:
    """The log-probability entries of a reply or a chunk, to be corrected in place."""
    return ((info or {}).get("logprobs") or {}).get("content") or []

"""Chat models on OpenAI-compatible servers, with errors as plain sentences."""

import contextlib
import os
from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Any, ClassVar
from urllib.parse import urlsplit

import httpx2
import openai
from langchain_core.messages import BaseMessage
from langchain_core.outputs import ChatGenerationChunk, ChatResult
from langchain_openai import ChatOpenAI
from pydantic import PrivateAttr, SecretStr

from chains.engines.reasoning_shapes import sent_reasoning
from chains.engines.servers.attempt import Attempt
from chains.engines.servers.errors import (
    cause,
    is_openai,
    no_such_path,
    plain_error,
    refused_key,
    unreachable,
)
from chains.engines.servers.event_stream import watch, watch_async
from chains.errors import CredenceError, ModelUnavailable

_AT_ONCE = 4
_MOST_TOP = 20  # most alternatives per token of the OpenAI API
_ANTHROPIC = "api.anthropic.com"  # takes an OpenAI client's key for chats only
# A reply that is not JSON, contains an error or lacks a required field raises one of the last two.
_ERRORS = (openai.APIError, httpx2.TransportError, ValueError, KeyError)


class ChatServer(ChatOpenAI):
    """A ChatOpenAI that raises our errors, never downloads a tokenizer, and sends only what its server accepts.

    A parameter that the server rejects is lowered or left out, which is remembered for as long as the process runs
    (``chains.engines.servers.accepted_options``).
    """

    _watched: bool = PrivateAttr(default=False)  # its streams raise an error if they break off
    more_options: ClassVar[tuple[str, ...]] = ("top_k", "min_p")  # in addition to those of the OpenAI API

    @property
    def at_once(self) -> int:
        """How many calls about one answer it is sent at the same time."""
        return _AT_ONCE

    def get_num_tokens_from_messages(
        self, messages: Sequence[BaseMessage], *args: Any, **options: Any
    ) -> int:
        """Not known: raises NotImplementedError, because only the server has the tokenizer."""
        raise NotImplementedError(f"{self.model_name} is behind a server that does not count tokens")

    def get_token_ids(self, text: str) -> list[int]:
        """Not known: raises NotImplementedError, because only the server has the tokenizer."""
        raise NotImplementedError(f"{self.model_name} is behind a server that does not give token ids")

    def _plain_error(self, error: Exception, *, begun: bool) -> CredenceError:
        """Our error for an error of the server; ``begun``: part of the reply had arrived."""
        return plain_error(error, self.openai_api_base or "https://api.openai.com/v1", begun=begun)

    def _get_request_payload(
        self,
        input_: Any,
        *,
        stop: list[str] | None = None,
        attempt: Attempt | None = None,
        **kwargs: Any,
    ) -> dict[str, Any]:
        more = {name: kwargs.pop(name) for name in self.more_options if name in kwargs}
        payload: dict[str, Any] = super()._get_request_payload(input_, stop=stop, **kwargs)
        if isinstance(payload.get("top_logprobs"), int):
            payload["top_logprobs"] = min(payload["top_logprobs"], _MOST_TOP)
        if not is_openai(self.openai_api_base):
            if more:  # OpenAI's own servers do not accept these
                payload["extra_body"] = {**more, **(payload.get("extra_body") or {})}
            if "max_completion_tokens" in payload:  # other servers only understand the older name
                payload["max_tokens"] = payload.pop("max_completion_tokens")
        (attempt or self._attempt()).send(payload)
        return payload

    def _create_chat_result(self, response: Any, generation_info: Any = None) -> ChatResult:
        try:
            result = super()._create_chat_result(response, generation_info)
        except TypeError as error:  # unexpected JSON
            raise ValueError("the reply has no choices") from error
        replies = response if isinstance(response, dict) else response.model_dump(warnings=False)
        for generation, choice in zip(result.generations, replies["choices"], strict=False):
            _keep_reasoning(generation.message, choice.get("message"))
        return result

    def _convert_chunk_to_generation_chunk(
        self, chunk: dict[str, Any], default_chunk_class: type, base_generation_info: dict[str, Any] | None
    ) -> ChatGenerationChunk | None:
        converted = super()._convert_chunk_to_generation_chunk(
            chunk, default_chunk_class, base_generation_info
        )
        if converted is not None:
            for choice in chunk.get("choices") or ():
                _keep_reasoning(converted.message, choice.get("delta"))
        return converted

    def _attempt(self) -> Attempt:
        return Attempt((self.openai_api_base or "", self.model_name))

    def _generate(self, messages: list[BaseMessage], *args: Any, **kwargs: Any) -> ChatResult:
        attempt = self._attempt()
        while True:
            try:
                result = super()._generate(messages, *args, attempt=attempt, **kwargs)
            except _ERRORS as error:
                if not attempt.again(error):
                    raise self._plain_error(error, begun=False) from cause(error)
            else:
                attempt.worked()
                return result

    async def _agenerate(self, messages: list[BaseMessage], *args: Any, **kwargs: Any) -> ChatResult:
        attempt = self._attempt()
        while True:
            try:
                result = await super()._agenerate(messages, *args, attempt=attempt, **kwargs)
            except _ERRORS as error:
                if not attempt.again(error):
                    raise self._plain_error(error, begun=False) from cause(error)
            else:
                attempt.worked()
                return result

    def _stream(
        self, messages: list[BaseMessage], *args: Any, **kwargs: Any
    ) -> Iterator[ChatGenerationChunk]:
        attempt = self._attempt()
        while not attempt.done:
            try:
                options = {**kwargs, "attempt": attempt}
                with contextlib.closing(super()._stream(messages, *args, **options)) as chunks:  # type: ignore[type-var]
                    for chunk in chunks:
                        attempt.got(chunk)
                        yield chunk
                yield from attempt.end(self._watched)
            except _ERRORS as error:
                if not attempt.again(error):
                    raise self._plain_error(error, begun=attempt.begun) from cause(error)

    async def _astream(
        self, messages: list[BaseMessage], *args: Any, **kwargs: Any
    ) -> AsyncIterator[ChatGenerationChunk]:
        attempt = self._attempt()
        while not attempt.done:
            try:
                options = {**kwargs, "attempt": attempt}
                async with contextlib.aclosing(super()._astream(messages, *args, **options)) as chunks:  # type: ignore[type-var]
                    async for chunk in chunks:
                        attempt.got(chunk)
                        yield chunk
                for chunk in attempt.end(self._watched):
                    yield chunk
            except _ERRORS as error:
                if not attempt.again(error):
                    raise self._plain_error(error, begun=attempt.begun) from cause(error)


def _keep_reasoning(message: BaseMessage, sent: Any) -> None:
    """Put the reasoning of a message or delta where other LangChain packages put it; langchain-openai drops it."""
    if isinstance(sent, dict) and (text := sent_reasoning(sent)):
        message.additional_kwargs["reasoning_content"] = text


def open_server(url: str, *, key: SecretStr | None = None, **options: Any) -> ChatServer:
    """Open `http(s)://host/v1`, optionally with `#model`; by default the server's first model.

    Without a ``key``, that of the environment is sent. Raises ModelUnavailable if the server cannot be reached, rejects
    the key or lists no model.
    """
    address, _, name = url.partition("#")
    address = address.rstrip("/")
    try:
        reachable = bool(urlsplit(address).hostname)
    except ValueError:
        reachable = False
    if not reachable:
        raise ModelUnavailable(f"{address} is not a server address. Write it as http://host:port/v1.")
    key = key or _key(address)
    models = _list_models(address, key, needed=not name)
    if not name and not models:
        raise ModelUnavailable(
            f"The server at {address} lists no models. Name one, as in {address}#model-name."
        )
    name = name or str(models[0].get("id"))
    entry = next((model for model in models if model.get("id") == name), {})
    context = entry.get("max_model_len") or (entry.get("meta") or {}).get("n_ctx")
    profile: dict[str, Any] = {"profile": {"max_input_tokens": context}} if isinstance(context, int) else {}
    defaults: dict[str, Any] = {
        "stream_usage": True,
        "max_retries": 1,
        "use_responses_api": False,
        "stream_chunk_timeout": None,  # a long prompt may take minutes on a slow server
        "http_client": openai.DefaultHttpxClient(**watching(watch)),
        # A connection belongs to one event loop, and a page may use several loops: keep none.
        "http_async_client": openai.DefaultAsyncHttpxClient(
            limits=httpx2.Limits(max_keepalive_connections=0), **watching(watch_async)
        ),
    }
    model = ChatServer(
        model=name,
        base_url=address,
        api_key=key,
        metadata={"credence": {"model": name, "engine": "openai", "model_sha256": None}},
        **{**defaults, **profile, **options},
    )
    model._watched = not {"http_client", "http_async_client"} & set(options)
    return model


def served_models(address: str) -> tuple[str, ...]:
    """The names that the server at `http(s)://host/v1` lists; raises ModelUnavailable if it cannot be reached."""
    listed = _list_models(address, _key(address), needed=False)
    return tuple(str(model["id"]) for model in listed if model.get("id"))


def watching(hook: Any) -> dict[str, Any]:
    """Options of an HTTP client that watches its streams, uncompressed so that they can be read."""
    return {"event_hooks": {"response": [hook]}, "headers": {"Accept-Encoding": "identity"}}


def _key(address: str) -> SecretStr:
    variable = "OPENAI_API_KEY" if is_openai(address) else "CREDENCE_API_KEY"
    return SecretStr(os.environ.get(variable) or "no-key")


def _list_models(address: str, key: SecretStr, *, needed: bool, timeout: float = 15) -> list[dict[str, Any]]:
    headers = {"Authorization": f"Bearer {key.get_secret_value()}"}
    if urlsplit(address).hostname == _ANTHROPIC:
        headers = {"x-api-key": key.get_secret_value(), "anthropic-version": "2023-06-01"}
    try:
        answer = httpx2.get(f"{address}/models", headers=headers, timeout=15, follow_redirects=False)
    except (httpx2.HTTPError, httpx2.InvalidURL, UnicodeError) as error:
        raise ModelUnavailable(unreachable(address)) from error
    if answer.status_code == 200:
        with contextlib.suppress(ValueError, AttributeError, TypeError):
            return [model for model in answer.json()["data"] if isinstance(model, dict)]
    elif answer.status_code in (401, 403):
        raise ModelUnavailable(refused_key(address, answer.status_code))
    if needed:  # with a name given, the server need not list its models
        raise ModelUnavailable(no_such_path(address))
    return []

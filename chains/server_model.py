"""Chat models behind an OpenAI-compatible server, their errors turned into plain sentences."""

import contextlib
import os
import re
from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Any
from urllib.parse import urlsplit

import httpx2
import openai
from langchain_core.messages import BaseMessage
from langchain_core.outputs import ChatGenerationChunk, ChatResult
from langchain_openai import ChatOpenAI
from pydantic import SecretStr

from chains.errors import CredenceError, EngineStopped, MessageTooLong, ModelUnavailable

_MOST_TOP = 20  # alternatives per token that the OpenAI API gives


class ChatServer(ChatOpenAI):
    """A ChatOpenAI whose errors are ours and which never downloads a tokenizer."""

    def get_num_tokens_from_messages(
        self, messages: Sequence[BaseMessage], *args: Any, **options: Any
    ) -> int:
        """Not known: raises NotImplementedError, for only the server has the tokenizer."""
        raise NotImplementedError(f"{self.model_name} is behind a server that does not count tokens")

    def get_token_ids(self, text: str) -> list[int]:
        """Not known: raises NotImplementedError, for only the server has the tokenizer."""
        raise NotImplementedError(f"{self.model_name} is behind a server that does not give token ids")

    def _plain_error(self, error: Exception, *, begun: bool) -> CredenceError:
        """What a person is told; begun is whether a part of the reply had come."""
        return plain_error(error, self.openai_api_base or "https://api.openai.com/v1", begun=begun)

    def _get_request_payload(
        self, input_: Any, *, stop: list[str] | None = None, **kwargs: Any
    ) -> dict[str, Any]:
        payload: dict[str, Any] = super()._get_request_payload(input_, stop=stop, **kwargs)
        if isinstance(payload.get("top_logprobs"), int):
            payload["top_logprobs"] = min(payload["top_logprobs"], _MOST_TOP)
        return payload

    def _generate(self, messages: list[BaseMessage], *args: Any, **kwargs: Any) -> ChatResult:
        try:
            return super()._generate(messages, *args, **kwargs)
        except (openai.APIError, httpx2.TransportError) as error:
            raise self._plain_error(error, begun=False) from _cause(error)

    async def _agenerate(self, messages: list[BaseMessage], *args: Any, **kwargs: Any) -> ChatResult:
        try:
            return await super()._agenerate(messages, *args, **kwargs)
        except (openai.APIError, httpx2.TransportError) as error:
            raise self._plain_error(error, begun=False) from _cause(error)

    def _stream(
        self, messages: list[BaseMessage], *args: Any, **kwargs: Any
    ) -> Iterator[ChatGenerationChunk]:
        begun = False
        try:
            with contextlib.closing(super()._stream(messages, *args, **kwargs)) as chunks:  # type: ignore[type-var]
                for chunk in chunks:
                    begun = True
                    yield chunk
        except (openai.APIError, httpx2.TransportError) as error:
            raise self._plain_error(error, begun=begun) from _cause(error)

    async def _astream(
        self, messages: list[BaseMessage], *args: Any, **kwargs: Any
    ) -> AsyncIterator[ChatGenerationChunk]:
        begun = False
        try:
            async with contextlib.aclosing(super()._astream(messages, *args, **kwargs)) as chunks:  # type: ignore[type-var]
                async for chunk in chunks:
                    begun = True
                    yield chunk
        except (openai.APIError, httpx2.TransportError) as error:
            raise self._plain_error(error, begun=begun) from _cause(error)


def open_server(url: str, **options: Any) -> ChatServer:
    """Open `http(s)://host/v1`, optionally with `#model`; without it the server's first model.

    Raises ModelUnavailable if the server cannot be reached, wants another key or lists no model.
    """
    address, _, name = url.partition("#")
    address = address.rstrip("/")
    try:
        reachable = bool(urlsplit(address).hostname)
    except ValueError:
        reachable = False
    if not reachable:
        raise ModelUnavailable(f"{address} is no address of a server: write it as http://host:port/v1.")
    key = _key(address)
    models = _list_models(address, key, needed=not name)
    if not name and not models:
        raise ModelUnavailable(
            f"The server at {address} lists no model: name one, as in {address}#model-name."
        )
    name = name or str(models[0].get("id"))
    entry = next((model for model in models if model.get("id") == name), {})
    context = entry.get("max_model_len") or (entry.get("meta") or {}).get("n_ctx")
    known: dict[str, Any] = {"profile": {"max_input_tokens": context}} if isinstance(context, int) else {}
    about = {"model": name, "engine": "openai", "model_sha256": None}
    defaults: dict[str, Any] = {
        "stream_usage": True,
        "max_retries": 1,
        "use_responses_api": False,
        "stream_chunk_timeout": None,  # a long prompt may take minutes on a slow server
        # A connection belongs to one event loop, and a page may ask from several: keep none.
        "http_async_client": openai.DefaultAsyncHttpxClient(
            limits=httpx2.Limits(max_keepalive_connections=0)
        ),
    }
    return ChatServer(
        model=name,
        base_url=address,
        api_key=key,
        metadata={"credence": about},
        **{**defaults, **known, **options},
    )


def _key(address: str) -> SecretStr:
    variable = "OPENAI_API_KEY" if urlsplit(address).hostname == "api.openai.com" else "CREDENCE_API_KEY"
    return SecretStr(os.environ.get(variable) or "no-key")


def _list_models(address: str, key: SecretStr, *, needed: bool) -> list[dict[str, Any]]:
    headers = {"Authorization": f"Bearer {key.get_secret_value()}"}
    try:
        answer = httpx2.get(f"{address}/models", headers=headers, timeout=15, follow_redirects=False)
    except (httpx2.HTTPError, httpx2.InvalidURL, UnicodeError) as error:
        raise ModelUnavailable(_unreachable(address)) from error
    if answer.status_code == 200:
        with contextlib.suppress(ValueError, AttributeError, TypeError):
            return [model for model in answer.json()["data"] if isinstance(model, dict)]
    elif answer.status_code in (401, 403):
        raise ModelUnavailable(_refused(address, answer.status_code))
    if needed:  # a server need not list its models when the name is given
        raise ModelUnavailable(_no_such_path(address))
    return []


def _unreachable(address: str) -> str:
    return f"The server at {address} cannot be reached: check the address and that the server is running."


def _refused(address: str, status: int) -> str:
    variable = "OPENAI_API_KEY" if urlsplit(address).hostname == "api.openai.com" else "CREDENCE_API_KEY"
    return f"The server at {address} refused the key ({status}): set {variable} to a key that it accepts."


def _no_such_path(address: str) -> str:
    return (
        f"The server at {address} does not answer as an OpenAI-compatible one: check the address, "
        "which usually ends in /v1, and the model's name after #."
    )


def _cause(error: Exception) -> Exception | None:
    """The error to chain; none for a refused key, because servers quote the key in it."""
    return None if isinstance(error, openai.AuthenticationError | openai.PermissionDeniedError) else error


def plain_error(error: Exception, address: str, *, begun: bool) -> CredenceError:
    """What a person is told about an error of a server."""
    if isinstance(error, openai.APIStatusError):
        status = error.status_code
        if status == 400 and (long := _too_long(error)) is not None:
            return long
        if status in (401, 403):
            return ModelUnavailable(_refused(address, status))
        if status == 404:
            return ModelUnavailable(_no_such_path(address))
        if status == 429:
            return ModelUnavailable(
                f"The server at {address} is busy or its quota is used up (429): "
                "wait, then send the message again."
            )
        if status < 500:
            return ModelUnavailable(
                f"The server at {address} does not accept the request ({status}): "
                "check that the model is a chat model which gives log-probabilities."
            )
        return ModelUnavailable(
            f"The server at {address} failed ({status}): send the message again in a moment."
        )
    if begun or isinstance(error, httpx2.TransportError):
        return EngineStopped(
            f"The server at {address} stopped while it was answering: send the message again."
        )
    if isinstance(error, openai.APITimeoutError):
        return ModelUnavailable(f"The server at {address} took too long to answer: send the message again.")
    return ModelUnavailable(_unreachable(address))


def _too_long(error: openai.APIStatusError) -> MessageTooLong | None:
    """Read tokens and limit from the refusal of llama.cpp, vLLM or OpenAI."""
    body = error.body if isinstance(error.body, dict) else {}
    if body.get("type") == "exceed_context_size_error":
        return MessageTooLong(int(body.get("n_prompt_tokens", 0)), int(body.get("n_ctx", 0)))
    text = str(body.get("message", ""))
    limit = re.search(r"maximum context length is (\d+)", text)
    asked = re.search(r"(\d+) (?:in the messages|input tokens)", text)
    asked = asked or re.search(r"(?:requested|resulted in|at least) (\d+)", text)
    return MessageTooLong(int(asked[1]), int(limit[1])) if limit and asked else None

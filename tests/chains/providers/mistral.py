"""Mistral.

Documented at https://docs.mistral.ai/api (``random_seed`` instead of ``seed``) and
https://docs.mistral.ai/capabilities/reasoning/ (content as a list of thinking and text; read 2026-11-28). That page does not
name log-probabilities, but version 3.7.0 of its package has them (https://pypi.org/project/mistralai/, in
``ChatCompletionRequest`` and in the choices, whole and streamed). A parameter that it does not know is a 422
(https://github.com/mistralai/platform-docs-public/issues/7).
"""

import json

from langchain_core.messages import AIMessageChunk

from tests.chains.providers.shape import (
    ANSWER,
    DONE,
    THOUGHT,
    WORDS,
    Json,
    Provider,
    entries,
    entry,
    event,
    listed,
)

HEAD: Json = {
    "id": "cmpl-1",
    "object": "chat.completion.chunk",
    "created": 1756921364,
    "model": "mistral-medium-3-5",
}
USAGE: Json = {"prompt_tokens": 16, "total_tokens": 34, "completion_tokens": 18}


def thinking(text: str) -> list[Json]:
    return [{"type": "thinking", "thinking": [{"type": "text", "text": text}]}]


def chunk(delta: Json, finish: str | None = None) -> Json:
    return {**HEAD, "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}


def unknown(name: str) -> Json:
    detail = {
        "detail": [
            {
                "type": "extra_forbidden",
                "loc": ["body", name],
                "msg": "Extra inputs are not permitted",
                "input": 0,
            }
        ]
    }
    return {"object": "error", "message": json.dumps(detail), "type": "invalid_request_error", "code": "1000"}


STREAM = [
    chunk({"role": "assistant", "content": ""}),
    *(chunk({"content": thinking(part)}) for part in THOUGHT),
    *(chunk({"content": word}) for word, _ in WORDS),
    {**chunk({"content": ""}, "stop"), "usage": USAGE},
]
SCORED = [
    {
        **HEAD,
        "choices": [
            {
                "index": 0,
                "delta": {"content": word},
                "finish_reason": None,
                "logprobs": {"content": [entry(word, logprob, token_id=place)]},
            }
        ],
    }
    for place, (word, logprob) in enumerate(WORDS)
]
PROVIDER = Provider(
    models=listed("mistral-medium-3-5"),
    stream="".join(map(event, [STREAM[0], *SCORED, STREAM[-1]])) + DONE,
    whole={
        **HEAD,
        "object": "chat.completion",
        "choices": [
            {
                "index": 0,
                "finish_reason": "stop",
                "message": {"role": "assistant", "content": ANSWER},
                "logprobs": entries(),
            }
        ],
        "usage": USAGE,
    },
    alternatives=2,
    usage=(16, 18),
    refusals=[(name, 422, unknown(name)) for name in ("seed", "stream_options")],
)
WITHOUT = Provider(
    models=listed("mistral-medium-3-5"),
    stream="".join(map(event, STREAM)) + DONE,
    whole={
        **HEAD,
        "object": "chat.completion",
        "choices": [
            {
                "index": 0,
                "finish_reason": "stop",
                "message": {
                    "role": "assistant",
                    "content": [*thinking("".join(THOUGHT)), {"type": "text", "text": ANSWER}],
                },
            }
        ],
        "usage": USAGE,
    },
    reasoning="".join(THOUGHT),
    usage=(16, 18),
    refusals=[(name, 422, unknown(name)) for name in ("seed", "logprobs", "stream_options")],
)
MESSAGES = [
    *(AIMessageChunk(content=thinking(part)) for part in THOUGHT),
    *(AIMessageChunk(content=word) for word, _ in WORDS),
    AIMessageChunk(
        content="",
        response_metadata={"finish_reason": "stop", "model_provider": "mistralai"},
        usage_metadata={"input_tokens": 16, "output_tokens": 18, "total_tokens": 34},
    ),
]

"""LM Studio, ``/v1/chat/completions``.

Documented at https://lmstudio.ai/docs/developer/openai-compat/chat-completions (read 2026-11-28): log-probabilities are not
among the supported parameters, and ``logprobs`` stays null (https://github.com/lmstudio-ai/lms/issues/60). Only
``/v1/responses`` has them (https://lmstudio.ai/blog/openresponses, 0.3.39), which Credence does not use. Reasoning of
gpt-oss comes in ``reasoning`` (API changelog, 0.3.23), that of other models in the text or in ``reasoning_content``.
"""

from tests.chains.providers.shape import ANSWER, DONE, THOUGHT, WORDS, Json, Provider, event, listed

HEAD: Json = {
    "id": "chatcmpl-1",
    "object": "chat.completion.chunk",
    "created": 1756921364,
    "model": "openai/gpt-oss-20b",
    "system_fingerprint": "openai/gpt-oss-20b",
}
USAGE: Json = {"prompt_tokens": 70, "completion_tokens": 12, "total_tokens": 82}


def chunk(delta: Json, finish: str | None = None) -> Json:
    return {**HEAD, "choices": [{"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}]}


STREAM = [
    *(chunk({"role": "assistant", "reasoning": part}) for part in THOUGHT),
    *(chunk({"role": "assistant", "content": word}) for word, _ in WORDS),
    chunk({}, "stop"),
    {**HEAD, "choices": [], "usage": USAGE},
]
PROVIDER = Provider(
    models=listed("openai/gpt-oss-20b", owned_by="organization_owner"),
    stream="".join(map(event, STREAM)) + DONE,
    whole={
        **HEAD,
        "object": "chat.completion",
        "choices": [
            {
                "index": 0,
                "message": {
                    "role": "assistant",
                    "content": ANSWER,
                    "reasoning": "".join(THOUGHT),
                    "tool_calls": [],
                },
                "logprobs": None,
                "finish_reason": "stop",
            }
        ],
        "usage": USAGE,
        "stats": {},
    },
    reasoning="".join(THOUGHT),
    usage=(70, 12),
)

"""OpenAI, Chat Completions.

Documented at https://platform.openai.com/docs/api-reference/chat and …/chat-streaming (read 2026-11-28): up to 20
alternatives, also while streaming; with ``include_usage`` a last chunk without choices. Reasoning models send no
reasoning here and reject ``logprobs`` (…/docs/guides/latest-model, “parameter compatibility”).
"""

from tests.chains.providers.shape import ANSWER, DONE, WORDS, Json, Provider, entries, entry, event, listed

HEAD: Json = {
    "id": "chatcmpl-B9MBs8CjcvOU2jLn4n570S5qMJKcT",
    "object": "chat.completion.chunk",
    "created": 1741569952,
    "model": "gpt-4.1-2025-04-14",
    "service_tier": "default",
    "system_fingerprint": "fp_0",
}
USAGE: Json = {
    "prompt_tokens": 19,
    "completion_tokens": 5,
    "total_tokens": 24,
    "prompt_tokens_details": {"cached_tokens": 0, "audio_tokens": 0},
    "completion_tokens_details": {"reasoning_tokens": 0, "audio_tokens": 0},
}


def chunk(delta: Json, logprobs: Json | None = None, finish: str | None = None) -> Json:
    choice = {"index": 0, "delta": delta, "logprobs": logprobs, "finish_reason": finish}
    return {**HEAD, "choices": [choice], "usage": None}


STREAM = [
    chunk({"role": "assistant", "content": "", "refusal": None}),
    *(
        chunk({"content": word}, {"content": [entry(word, logprob)], "refusal": None})
        for word, logprob in WORDS
    ),
    chunk({}, finish="stop"),
    {**HEAD, "choices": [], "usage": USAGE},
]
WHOLE: Json = {
    **HEAD,
    "object": "chat.completion",
    "choices": [
        {
            "index": 0,
            "message": {"role": "assistant", "content": ANSWER, "refusal": None, "annotations": []},
            "logprobs": {**entries(), "refusal": None},
            "finish_reason": "stop",
        }
    ],
    "usage": USAGE,
}
PROVIDER = Provider(
    models=listed("gpt-4.1"),
    stream="".join(map(event, STREAM)) + DONE,
    whole=WHOLE,
    alternatives=2,
    usage=(19, 5),
)

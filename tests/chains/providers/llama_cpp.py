"""llama.cpp, a ``llama-server`` that somebody else started.

Documented at https://github.com/ggml-org/llama.cpp/blob/master/tools/server/README.md (read 2026-11-28): ``logprobs`` and
``top_logprobs`` as OpenAI's, entries with an ``id``, ``reasoning_content`` unless ``--reasoning-format none``, and
``timings`` in the last chunk. Recorded runs of our own are in tests/chains/engines.
"""

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
    "created": 1756921364,
    "id": "chatcmpl-x",
    "model": "qwen3-4b",
    "system_fingerprint": "b10472-0",
    "object": "chat.completion.chunk",
}
USAGE: Json = {
    "completion_tokens": 9,
    "prompt_tokens": 14,
    "total_tokens": 23,
    "prompt_tokens_details": {"cached_tokens": 0},
}


def chunk(delta: Json, logprobs: list[Json] | None = None, finish: str | None = None) -> Json:
    choice: Json = {"finish_reason": finish, "index": 0, "delta": delta}
    if logprobs is not None:
        choice["logprobs"] = {"content": logprobs}
    return {**HEAD, "choices": [choice]}


STREAM = [
    chunk({"role": "assistant", "content": None}),
    chunk({"reasoning_content": THOUGHT[0]}, [entry("<think>", -0.01, id=1), entry(THOUGHT[0], -0.3, id=2)]),
    chunk({"reasoning_content": THOUGHT[1]}, [entry(THOUGHT[1], -0.3, id=3)]),
    *(chunk({"content": word}, [entry(word, logprob, id=5)]) for word, logprob in WORDS),
    chunk({}, finish="stop"),
    {**HEAD, "choices": [], "usage": USAGE, "timings": {"cache_n": 0, "predicted_per_second": 40.0}},
]
PROVIDER = Provider(
    models={
        **listed("qwen3-4b", owned_by="llamacpp", meta={"n_vocab": 151936, "n_ctx": 8192}),
        "models": [{"name": "qwen3-4b", "type": "model"}],
    },
    stream="".join(map(event, STREAM)) + DONE,
    whole={
        **HEAD,
        "object": "chat.completion",
        "choices": [
            {
                "finish_reason": "stop",
                "index": 0,
                "message": {"role": "assistant", "reasoning_content": "".join(THOUGHT), "content": ANSWER},
                "logprobs": {
                    "content": [
                        entry("<think>", -0.01, id=1),
                        *(entry(part, -0.3, id=2) for part in THOUGHT),
                        entry("</think>", -0.01, id=4),
                        *entries()["content"],
                    ]
                },
            }
        ],
        "usage": USAGE,
    },
    alternatives=2,
    reasoning="".join(THOUGHT),
    usage=(14, 9),
)

"""vLLM, ``vllm serve``.

Documented at https://docs.vllm.ai/en/stable/features/reasoning_outputs/ (the field ``reasoning``, formerly
``reasoning_content``) and …/cli/serve (``--max-logprobs``, 20 by default; ``--logprobs-mode``, raw_logprobs by default; read
2026-11-28). The special token that ends the reply has no text, and the log-probabilities of the reasoning come with it.
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
    "id": "chatcmpl-89",
    "object": "chat.completion.chunk",
    "created": 1756921364,
    "model": "Qwen/Qwen3-8B",
}
USAGE: Json = {"prompt_tokens": 12, "total_tokens": 21, "completion_tokens": 9}


def chunk(delta: Json, logprobs: list[Json] | None = None, finish: str | None = None) -> Json:
    content = {"content": logprobs} if logprobs is not None else None
    choice = {
        "index": 0,
        "delta": delta,
        "logprobs": content,
        "finish_reason": finish,
        "stop_reason": None,
        "token_ids": None,
    }
    return {**HEAD, "choices": [choice], "usage": None}


STREAM = [
    chunk({"role": "assistant", "content": ""}),
    *(chunk({"reasoning": part}, [entry(part, -0.3)]) for part in THOUGHT),
    chunk({"content": ""}, [entry("</think>", -0.01), entry("\n\n", -0.01)]),
    *(chunk({"content": word}, [entry(word, logprob)]) for word, logprob in WORDS),
    chunk({"content": ""}, [entry("", -0.02)], "stop"),
    {**HEAD, "choices": [], "usage": USAGE},
]
PROVIDER = Provider(
    models=listed("Qwen/Qwen3-8B", owned_by="vllm", max_model_len=40960),
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
                "logprobs": {
                    "content": [
                        *(entry(part, -0.3) for part in THOUGHT),
                        *entries()["content"],
                        entry("", -0.02),
                    ]
                },
                "finish_reason": "stop",
                "stop_reason": None,
            }
        ],
        "usage": USAGE,
        "prompt_logprobs": None,
    },
    alternatives=2,
    reasoning="".join(THOUGHT),
    usage=(12, 9),
)

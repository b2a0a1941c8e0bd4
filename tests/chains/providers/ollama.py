"""Ollama, ``/v1/chat/completions``.

Documented by the pull request that added log-probabilities to it, https://github.com/ollama/ollama/pull/12899 (2025-11-11),
and by its Go types in ``openai/openai.go``: up to 20 alternatives, reasoning in ``reasoning``. The page
https://docs.ollama.com/api/openai-compatibility still lists log-probabilities as missing (read 2026-11-28), and versions
before 0.12.11 send none.
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
    "id": "chatcmpl-923",
    "object": "chat.completion.chunk",
    "created": 1756921364,
    "model": "qwen3:8b",
    "system_fingerprint": "fp_ollama",
}
USAGE: Json = {"prompt_tokens": 15, "completion_tokens": 9, "total_tokens": 24}


def chunk(delta: Json, logprobs: list[Json] | None = None, finish: str | None = None) -> Json:
    choice: Json = {
        "index": 0,
        "delta": {"role": "assistant", "content": "", **delta},
        "finish_reason": finish,
    }
    if logprobs is not None:
        choice["logprobs"] = {"content": logprobs}
    return {**HEAD, "choices": [choice]}


STREAM = [
    chunk({}, [entry("<think>", -0.01)]),  # the tags are parsed away, their log-probabilities are not
    *(chunk({"reasoning": part}, [entry(part, -0.3)]) for part in THOUGHT),
    chunk({}, [entry("</think>", -0.01)]),
    *(chunk({"content": word}, [entry(word, logprob)]) for word, logprob in WORDS),
    chunk({}, finish="stop"),
    {**HEAD, "choices": [], "usage": USAGE},
]
OLDER = [
    *(chunk({"content": word}) for word, _ in WORDS),
    chunk({}, finish="stop"),
    {**HEAD, "choices": [], "usage": USAGE},
]
WITHOUT = Provider(models=listed("llama3.2:3b"), stream="".join(map(event, OLDER)) + DONE, usage=(15, 9))
PROVIDER = Provider(
    models=listed("qwen3:8b", owned_by="library"),
    stream="".join(map(event, STREAM)) + DONE,
    whole={
        **HEAD,
        "object": "chat.completion",
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": ANSWER, "reasoning": "".join(THOUGHT)},
                "finish_reason": "stop",
                "logprobs": {
                    "content": [
                        entry("<think>", -0.01),
                        *(entry(part, -0.3) for part in THOUGHT),
                        entry("</think>", -0.01),
                        *entries()["content"],
                    ]
                },
            }
        ],
        "usage": USAGE,
    },
    alternatives=2,
    reasoning="".join(THOUGHT),
    usage=(15, 9),
)

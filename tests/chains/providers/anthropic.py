"""Anthropic, the OpenAI-compatible endpoint and the message shape of langchain-anthropic.

Documented at https://platform.claude.com/docs/en/api/openai-sdk (``logprobs``, ``top_logprobs`` and ``seed`` are ignored,
the temperature is capped at 1, thinking is not returned) and …/docs/en/api/models-list (needs ``x-api-key``; read
2026-11-28). The Messages API has no log-probabilities; its thinking is a block of the content.
"""

from langchain_core.messages import AIMessageChunk

from tests.chains.providers.shape import ANSWER, DONE, THOUGHT, WORDS, Json, Provider, event, listed

HEAD: Json = {
    "id": "msg_1",
    "object": "chat.completion.chunk",
    "created": 1756921364,
    "model": "claude-sonnet-4-5",
}
USAGE: Json = {"prompt_tokens": 14, "completion_tokens": 7, "total_tokens": 21}


def chunk(delta: Json, finish: str | None = None) -> Json:
    return {**HEAD, "choices": [{"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}]}


STREAM = [
    chunk({"role": "assistant", "content": ""}),
    *(chunk({"content": word}) for word, _ in WORDS),
    chunk({}, "stop"),
    {**HEAD, "choices": [], "usage": USAGE},
]
PROVIDER = Provider(
    models={**listed("claude-sonnet-4-5", type="model"), "has_more": False},
    stream="".join(map(event, STREAM)) + DONE,
    whole={
        **HEAD,
        "object": "chat.completion",
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": ANSWER},
                "logprobs": None,
                "finish_reason": "stop",
            }
        ],
        "usage": USAGE,
    },
    usage=(14, 7),
)
MESSAGES = [
    AIMessageChunk(content=[{"type": "thinking", "thinking": "".join(THOUGHT), "index": 0}]),
    AIMessageChunk(content=[{"type": "thinking", "signature": "WaUj…", "index": 0}]),
    *(AIMessageChunk(content=[{"type": "text", "text": word, "index": 1}]) for word, _ in WORDS),
    AIMessageChunk(
        content=[],
        response_metadata={"stop_reason": "end_turn", "stop_sequence": None},
        usage_metadata={"input_tokens": 14, "output_tokens": 7, "total_tokens": 21},
    ),
]

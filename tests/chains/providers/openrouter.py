"""OpenRouter.

Documented at https://openrouter.ai/docs/api/reference/streaming (comments in the stream, errors in the middle),
…/errors-and-debugging (402 without credit, 403 for flagged input), …/parameters (``logprobs``, ``top_logprobs`` up to 20)
and …/docs/guides/best-practices/reasoning-tokens (``reasoning``; read 2026-11-28). A model without log-probabilities sends
null (https://github.com/OpenRouterArchived/openrouter-runner/issues/101).
"""

from tests.chains.providers.shape import DONE, THOUGHT, WORDS, Json, Provider, entry, event, listed

PROCESSING = ": OPENROUTER PROCESSING\n\n"
HEAD: Json = {
    "id": "gen-1",
    "provider": "OpenAI",
    "model": "openai/gpt-4.1-mini",
    "object": "chat.completion.chunk",
    "created": 1756921364,
}
USAGE: Json = {
    "prompt_tokens": 8,
    "completion_tokens": 11,
    "total_tokens": 19,
    "cost": 0.00078,
    "is_byok": False,
    "prompt_tokens_details": {"cached_tokens": 0},
    "completion_tokens_details": {"reasoning_tokens": 6},
}


def chunk(delta: Json, logprobs: Json | None = None, finish: str | None = None) -> Json:
    choice = {
        "index": 0,
        "delta": {"role": "assistant", "content": "", **delta},
        "finish_reason": finish,
        "native_finish_reason": finish,
        "logprobs": logprobs,
    }
    return {**HEAD, "choices": [choice]}


LAST = {**chunk({}), "usage": USAGE}
THINKING = [
    chunk(
        {
            "reasoning": part,
            "reasoning_details": [{"type": "reasoning.text", "text": part, "format": None, "index": 0}],
        }
    )
    for part in THOUGHT
]
SCORED = [chunk({"content": word}, {"content": [entry(word, logprob)]}) for word, logprob in WORDS]
PLAIN = [chunk({"content": word}) for word, _ in WORDS]
END = event(chunk({}, finish="stop")) + event(LAST) + DONE
BROKEN = (
    PROCESSING
    + "".join(map(event, PLAIN[:2]))
    + event(
        {
            **chunk({}, finish="error"),
            "error": {"code": 502, "message": "Provider disconnected unexpectedly"},
        }
    )
)
FLAGGED: Json = {
    "error": {
        "code": 403,
        "message": "Your chosen model requires moderation and your input was flagged",
        "metadata": {"reasons": ["violence"], "flagged_input": "…", "provider_name": "OpenAI"},
    }
}
NO_CREDIT: Json = {"error": {"code": 402, "message": "Insufficient credits. Add more using the page."}}
WITHOUT = Provider(
    models=listed("anthropic/claude-sonnet-4.5"),
    stream=PROCESSING * 2 + "".join(map(event, [*THINKING, *PLAIN])) + END,
    reasoning="".join(THOUGHT),
    usage=(8, 11),
)
PROVIDER = Provider(
    models=listed("openai/gpt-4.1-mini", context_length=1047576),
    stream=PROCESSING * 2 + event(SCORED[0]) + PROCESSING + "".join(map(event, SCORED[1:])) + END,
    alternatives=2,
    usage=(8, 11),
)

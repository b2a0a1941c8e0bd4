"""Gemini, the OpenAI-compatible endpoint and ``generateContent``.

Documented at https://ai.google.dev/gemini-api/docs/openai (no word about log-probabilities) and
https://ai.google.dev/api/generate-content (``responseLogprobs``, ``logprobs``, ``logprobsResult``; read 2026-11-28). The
Gemini API rejects them for its newer models (“Logprobs is not enabled for models/gemini-2.5-pro”,
https://github.com/mscraftsman/generative-ai/issues/135); Vertex AI gives 1 to 20. The endpoint sends errors in a list.
"""

from langchain_core.messages import AIMessageChunk

from tests.chains.providers.shape import ANSWER, DONE, THOUGHT, WORDS, Json, Provider, event, listed

HEAD: Json = {
    "id": "x",
    "object": "chat.completion.chunk",
    "created": 1756921364,
    "model": "gemini-2.5-flash",
}
USAGE: Json = {"prompt_tokens": 8, "completion_tokens": 5, "total_tokens": 40}


def chunk(text: str, finish: str | None = None) -> Json:
    choice: Json = {"index": 0, "delta": {"role": "assistant", "content": text}}
    if finish:
        choice["finish_reason"] = finish
    return {**HEAD, "choices": [choice], "usage": USAGE}


def google(token: str, logprob: float) -> Json:
    """A candidate of ``logprobsResult``, as the package google-genai names its fields."""
    return {"token": token, "log_probability": logprob, "token_id": 7}


# “include_thoughts” puts the summary of the reasoning into the text, in tags.
STREAM = [chunk(f"<thought>{''.join(THOUGHT)}</thought>It is"), chunk(" Canberra."), chunk("", "stop")]
PROVIDER = Provider(
    models=listed("models/gemini-2.5-flash", owned_by="google"),
    stream="".join(map(event, STREAM)) + DONE,
    reasoning="".join(THOUGHT),
    usage=(8, 5),
    refusals=[
        (
            "logprobs",
            400,
            [
                {
                    "error": {
                        "code": 400,
                        "message": "Logprobs is not enabled for models/gemini-2.5-flash",
                        "status": "INVALID_ARGUMENT",
                    }
                }
            ],
        ),
        (
            "seed",
            400,
            [
                {
                    "error": {
                        "code": 400,
                        "message": 'Invalid JSON payload received. Unknown name "seed": Cannot find field.',
                        "status": "INVALID_ARGUMENT",
                    }
                }
            ],
        ),
    ],
)
# What a package that passes on log-probabilities makes of Vertex AI's last chunk, which holds those of all tokens.
MESSAGES = [
    AIMessageChunk(content=[{"type": "thinking", "thinking": "".join(THOUGHT)}]),
    AIMessageChunk(content=ANSWER),
    AIMessageChunk(
        content="",
        response_metadata={
            "finish_reason": "STOP",
            "avg_logprobs": -0.2,
            "logprobs_result": {
                "chosen_candidates": [google(*word) for word in WORDS],
                "top_candidates": [
                    {"candidates": [google(*word), google(" Sydney", -3.0)]} for word in WORDS
                ],
                "log_probability_sum": -0.85,
            },
        },
        usage_metadata={"input_tokens": 8, "output_tokens": 5, "total_tokens": 13},
    ),
]

"""Azure OpenAI, the v1 API at https://RESOURCE.openai.azure.com/openai/v1.

Documented at https://learn.microsoft.com/azure/foundry/openai/concepts/content-filter (annotations) and
…/concepts/content-streaming (read 2026-11-28): the first chunk annotates the prompt and has no choices; with the
asynchronous filter, annotations come in chunks of their own, whose choice has no delta. A filtered prompt is a 400 with the
code ``content_filter``.
"""

from tests.chains.providers.openai import HEAD, WHOLE
from tests.chains.providers.openai import STREAM as PLAIN
from tests.chains.providers.shape import DONE, Json, Provider, event, listed

SAFE: Json = {
    name: {"filtered": False, "severity": "safe"} for name in ("hate", "self_harm", "sexual", "violence")
}
PROMPT: Json = {
    **HEAD,
    "id": "",
    "model": "",
    "choices": [],
    "prompt_filter_results": [{"prompt_index": 0, "content_filter_results": SAFE}],
}
LATER: Json = {
    "id": "",
    "object": "",
    "created": 0,
    "model": "",
    "choices": [
        {
            "index": 0,
            "finish_reason": None,
            "content_filter_results": SAFE,
            "content_filter_offsets": {"check_offset": 44, "start_offset": 44, "end_offset": 198},
        }
    ],
}
CUT: Json = {
    **HEAD,
    "choices": [{"index": 0, "delta": {}, "finish_reason": "content_filter", "content_filter_results": SAFE}],
}
FILTERED = "".join(map(event, [PROMPT, *PLAIN[:3], CUT])) + DONE  # stopped in the middle of the answer
REFUSED: Json = {
    "error": {
        "message": "The response was filtered due to the prompt triggering Azure OpenAI's content management policy.",
        "type": None,
        "param": "prompt",
        "code": "content_filter",
        "status": 400,
        "innererror": {"code": "ResponsibleAIPolicyViolation", "content_filter_result": SAFE},
    }
}
PROVIDER = Provider(
    models=listed("chat-default"),
    stream="".join(map(event, [PROMPT, *PLAIN[:3], LATER, *PLAIN[3:]])) + DONE,
    whole={**WHOLE, "prompt_filter_results": PROMPT["prompt_filter_results"]},
    alternatives=2,
    usage=(19, 5),
)

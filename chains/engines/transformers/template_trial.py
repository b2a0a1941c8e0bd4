"""A model's chat template, tried in a process of its own before it may run in ours: it is a program by a stranger.

Jinja's sandbox, which transformers uses, keeps a template from the machine, but not from taking all its time and memory.
"""

import json
import os
import signal
import subprocess
import sys
from functools import cache
from typing import Any

from chains.errors import ModelUnavailable

SECONDS = 10  # of processor time, so that a busy machine refuses no template
PATIENCE = (
    120.0  # seconds in all, with the start of the process; the only limit where the system has no other
)
MEMORY = (
    1_500_000_000  # bytes of address space, where the system can limit it; the process itself needs 0.2 GB
)
LONGEST = 200_000  # characters of a prompt for these few words
TOO_MUCH = 3  # exit status
_TRIAL = """
import json, sys, time
from transformers.utils.chat_template_utils import render_jinja_template
try:
    import resource
    resource.setrlimit(resource.RLIMIT_AS, (int(sys.argv[1]), int(sys.argv[1])))
    most = int(time.process_time()) + 1 + int(sys.argv[4])
    resource.setrlimit(resource.RLIMIT_CPU, (most, most + 1))
except (ImportError, ValueError, OSError):
    pass
given = json.load(sys.stdin)
for chat in given["chats"]:
    try:
        (text,), _ = render_jinja_template([chat], add_generation_prompt=True, **given["more"])
    except Exception as error:
        if isinstance(error, (MemoryError, OverflowError, RecursionError)):
            sys.exit(int(sys.argv[3]))
        continue  # it rejects this conversation, as some templates do
    if len(text) > int(sys.argv[2]):
        sys.exit(int(sys.argv[3]))
"""
_CHATS = [
    [{"role": "user", "content": "Hello"}],
    [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hello"}],
    [
        {"role": "user", "content": "Hello"},
        {"role": "assistant", "content": "Hi."},
        {"role": "user", "content": "Who wrote Hamlet?"},
    ],
]


def try_templates(tokenizer: Any) -> None:
    """Try the template, or each of the templates, of a tokenizer; raises ModelUnavailable as ``try_template`` does."""
    template = tokenizer.chat_template
    tokens = tuple((name, str(token)) for name, token in tokenizer.special_tokens_map.items())
    for text in template.values() if isinstance(template, dict) else (template,):
        try_template(text, tokens)


@cache
def try_template(
    template: str, special_tokens: tuple[tuple[str, str], ...] = (), seconds: int = SECONDS
) -> None:
    """Render some short conversations with a template; raises ModelUnavailable if that takes too much time or memory."""
    given = json.dumps({"chats": _CHATS, "more": {**dict(special_tokens), "chat_template": template}})
    command = [sys.executable, "-I", "-c", _TRIAL, str(MEMORY), str(LONGEST), str(TOO_MUCH), str(seconds)]
    try:
        tried = subprocess.run(
            command, input=given, text=True, encoding="utf-8", timeout=PATIENCE, capture_output=True,
            env={**os.environ, "USE_TORCH": "0", "PYTHONUTF8": "1"},
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise _endless(PATIENCE) from None
    if tried.returncode == -getattr(signal, "SIGXCPU", 0) != 0:
        raise _endless(seconds)
    if tried.returncode == TOO_MUCH or tried.returncode < 0:  # killed by the system
        raise ModelUnavailable(
            "The model's chat template takes too much memory. Use another copy of this model."
        )


def _endless(seconds: float) -> ModelUnavailable:
    return ModelUnavailable(
        f"The model's chat template does not end within {seconds:g} seconds. Use another copy of this model."
    )

"""Does a long chat stay smooth? The app's own time per streamed token at turn 1 and at turn 50.

    python -m benchmarks.long_chat

Asks a scripted model 50 times through the page's own handler, and measures the
process's CPU time per token: the pipeline, rendering every update, and the diff
that Gradio computes to send it.
"""

import datetime
import os
import platform
import statistics
import time

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")

from chains.engines.scripted import DEMONSTRATION, ScriptedChatModel, ScriptedReply
from chains.progress import tracked
from ui import ConfidenceChat
from ui.chat.conversation import Conversation

TURNS = 50
TOKENS = 300
EDGE = 5  # turns at each end, for the median


def measure(turns: int = TURNS, tokens: int = TOKENS) -> list[float]:
    """CPU seconds per streamed token of every turn, including the handler and its diffs."""
    import gradio as gr
    from gradio.utils import diff

    answer = ScriptedReply.of(" ".join(f"word{number}" for number in range(tokens)))
    model = ScriptedChatModel(replies=(*DEMONSTRATION[:6], answer), delay=0.002)
    with gr.Blocks():
        chat = ConfidenceChat(model)
    conversation, seconds = Conversation(), []
    controls = [part.value for part in chat.controls.parts]
    for turn in tracked(range(turns), "chatting", "turns"):
        start, shown = time.process_time(), None
        for update in chat._send(f"question {turn}", [], conversation, *controls):
            if chat.live in update:  # what gradio does with each update of the streamed turn
                diff(shown, update[chat.live])  # type: ignore[no-untyped-call]
                shown = update[chat.live]
        seconds.append((time.process_time() - start) / tokens)
    return seconds


def main() -> None:
    seconds = measure()
    first, last = statistics.median(seconds[:EDGE]), statistics.median(seconds[-EDGE:])
    print(f"turns 1–{EDGE}: {first * 1e3:.2f} ms of CPU time per token (median)")
    print(f"turns {TURNS - EDGE + 1}–{TURNS}: {last * 1e3:.2f} ms")
    print(f"ratio {last / first:.2f}; {TURNS} turns of {TOKENS} tokens")
    print(f"{platform.machine()}, {os.cpu_count()} processors, {datetime.date.today()}")


if __name__ == "__main__":
    main()

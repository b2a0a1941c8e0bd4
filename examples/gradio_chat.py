"""The confidence panel under any Gradio chat."""

import os

import gradio as gr

from credence_chat import with_panel


def answer(message, history):  # your own function, whatever it calls
    return "The capital of Australia is probably Canberra."


demo = with_panel(gr.ChatInterface(answer), score_with=os.environ.get("MODEL", "tiny"))
if __name__ == "__main__":
    demo.launch()

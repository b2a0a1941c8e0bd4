"""The same question to a model before and after training, side by side."""

import logging
from collections.abc import Iterator
from html import escape

import gradio as gr
from langchain_core.language_models import BaseChatModel

from chains.errors import CredenceError
from chains.identity import identity
from chains.pipeline.model_calls import Meter
from chains.pipeline.verbalized import Stated, ask_stated
from ui.parts import style
from ui.words import frequency

TITLES = ("Before training", "After training")
LEAD = (
    "Ask the same question before and after training. Both models give an answer and a confidence from 0 (certainly "
    "wrong) to 10 (certainly right), always choosing the most probable next word."
)
FAILED = "Credence ran into an internal error while answering. Try again; the log has the details."
_log = logging.getLogger(__name__)


def side(title: str, who: str, stated: Stated | None = None, *, whole: bool = False, error: str = "") -> str:
    """One side as HTML: the answer and the confidence that the model stated."""
    body = '<p class="cr-quiet">The answer and its confidence will appear here.</p>'
    if error:
        body = f'<p class="cr-advice cr-warn">{escape(error)}</p>'
    elif stated is not None:
        answer = escape(stated.answer) or '<em class="cr-quiet">no answer</em>'
        body = f'<p class="cr-said">{answer}</p>{_confidence(stated.tenths, whole)}'
        if whole:
            body += (
                '<details class="cr-fold"><summary>Full reply</summary>'
                f'<div><pre class="cr-reply">{escape(stated.reply.text)}</pre></div></details>'
            )
    return f'<section class="cr-panel cr-half"><h2>{escape(title)}</h2><p class="cr-quiet">{escape(who)}</p>{body}</section>'


def _confidence(tenths: int | None, whole: bool) -> str:
    if tenths is None:
        text = "No readable confidence was stated." if whole else "…"
        return f'<p class="cr-quiet">{text}</p>'
    steps = "".join(f'<i class="{"cr-on" if step < tenths else ""}"></i>' for step in range(10))
    # Keep the stated tenths: a rounded fraction would contradict them.
    often = f"about {tenths} in 10" if 0 < tenths < 10 else frequency(tenths / 10)
    return (
        f'<p class="cr-reading"><span class="cr-number">{tenths * 10} %</span> '
        f"<small>stated {tenths} of 10 · {often}</small></p>"
        f'<div class="cr-steps" role="img" aria-label="{tenths} of 10">{steps}</div>'
    )


class BeforeAfter:
    """A question box and two columns; create it inside ``with gr.Blocks():`` or ``with demo.route(…):``."""

    def __init__(self, before: BaseChatModel, after: BaseChatModel) -> None:
        self.models = (before, after)
        self.names = tuple(str(identity(model)["model"]) for model in self.models)
        with gr.Column(elem_classes=["credence", "cr-before-after"]):
            gr.HTML(
                f'<header class="cr-header"><h1>Before and after</h1></header><p class="cr-quiet">{LEAD}</p>',
                head=style(),
                apply_default_css=False,
            )
            box = gr.Textbox(
                label="Your question", show_label=False, placeholder="Ask both …", max_lines=8, autofocus=True,
                submit_btn=True, elem_classes=["cr-composer"], container=False,
            )  # fmt: skip
            with gr.Row(elem_classes=["cr-halves"], equal_height=True):
                sides = [
                    gr.HTML(side(*about), html_template="${value}", apply_default_css=False, min_width=280)
                    for about in zip(TITLES, self.names, strict=True)
                ]
        box.submit(self._ask, [box], sides, show_progress="hidden", api_visibility="private")

    def _ask(self, question: str) -> Iterator[tuple[str, str]]:
        """Ask one model after the other; if one fails, the other still answers."""
        if not question.strip():
            yield gr.skip(), gr.skip()
            return
        shown = [side(*about) for about in zip(TITLES, self.names, strict=True)]
        yield shown[0], shown[1]
        for place, model in enumerate(self.models):
            about, last = (TITLES[place], self.names[place]), None
            try:
                for last in ask_stated(model, question, Meter()):
                    shown[place] = side(*about, last)
                    yield shown[0], shown[1]
                shown[place] = side(*about, last, whole=True)
            except CredenceError as error:
                shown[place] = side(*about, error=str(error))
            except Exception:
                _log.exception("a question before and after training failed")
                shown[place] = side(*about, error=FAILED)
            yield shown[0], shown[1]

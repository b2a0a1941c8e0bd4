"""The same question to a model before and after training, side by side."""

import logging
from collections.abc import Iterator

import gradio as gr
from langchain_core.language_models import BaseChatModel

from chains.errors import CredenceError
from chains.identity import identity
from chains.pipeline.model_calls import Meter
from chains.pipeline.verbalized import Stated, ask_stated
from estimators.percent import frequency
from ui.html import render
from ui.parts import style

TITLES = ("Before training", "After training")
FAILED = "Credence ran into an internal error while answering. Try again; the log has the details."
_log = logging.getLogger(__name__)


def side(title: str, who: str, stated: Stated | None = None, *, whole: bool = False, error: str = "") -> str:
    """One side as HTML: the answer and the confidence that the model stated."""
    often = _often(stated.tenths) if stated and stated.tenths is not None else ""
    return render(
        "before_after_side.html", title=title, who=who, stated=stated, whole=whole, error=error, often=often
    )


def _often(tenths: int) -> str:
    """The stated tenths as a frequency; a simpler fraction would contradict them."""
    return f"about {tenths} in 10" if 0 < tenths < 10 else frequency(tenths / 10)


class BeforeAfter:
    """A question box and two columns; create it inside ``with gr.Blocks():`` or ``with demo.route(…):``."""

    def __init__(self, before: BaseChatModel, after: BaseChatModel) -> None:
        self.models = (before, after)
        self.names = tuple(str(identity(model)["model"]) for model in self.models)
        with gr.Column(elem_classes=["credence", "cr-before-after"]):
            gr.HTML(render("before_after.html"), head=style(), apply_default_css=False)
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

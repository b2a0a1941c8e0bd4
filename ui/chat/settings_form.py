"""What a person can set in the page, and the settings that come of it."""

from typing import Any

import gradio as gr

from chains.settings import Settings
from estimators import ESTIMATORS

RULES = {
    "risk": "by the risk I accept",
    "cost": "by cost",
    "balanced": "best balanced score",
    "conservative": "best conservative score",
}


class Controls:
    """The settings as Gradio parts; ``parts`` go into an event, ``settings(*values)`` reads them."""

    def __init__(self, settings: Settings) -> None:
        self.first = settings
        with gr.Accordion("Settings", open=False, elem_classes=["cr-settings"]):
            hedge = gr.Checkbox(
                settings.hedge,
                label="Ask for honest words of doubt",
                info="The model is asked to mark what it is not sure of, with at most one such word in a sentence.",
            )
            threshold = gr.Slider(
                0,
                100,
                settings.threshold * 100,
                step=1,
                label="Abstain below (%), where nothing is calibrated",
                info="Answers whose token probability lies below it are withheld until you ask for them.",
            )
            rule = gr.Radio(
                [(name, value) for value, name in RULES.items()],
                value=settings.rule,
                label="Withhold, where the figure is calibrated",
                info="Only the risk comes with a guarantee. The two scores are of the published rule, on 20 questions.",
            )
            cost = gr.Slider(
                0,
                20,
                settings.cost,
                step=0.5,
                label="A wrong answer costs",
                info="Against no answer, where a right one gains 1. Used by “by cost”.",
            )
            temperature = gr.Slider(
                0,
                2,
                settings.temperature,
                step=0.1,
                label="Temperature",
                info="0 gives the most probable answer. The probabilities shown are always those before temperature.",
            )
            max_tokens = gr.Slider(
                16,
                2048,
                settings.max_tokens,
                step=16,
                label="Longest answer (tokens)",
                info="Longer answers are cut off.",
            )
            closer = gr.Slider(
                2,
                25,
                settings.closer,
                step=1,
                label="Further answers when looking closer",
                info="Each is a call of the model at temperature 1.",
            )
            max_calls = gr.Slider(
                10,
                200,
                settings.max_calls,
                step=10,
                label="Most calls when looking closer",
                info="Further answers and the short questions about them together; beyond it, nothing is asked.",
            )
            every = gr.Checkbox(
                False,
                label="Ask again in every way",
                info="All eight ways of asking for certainty: own turn or third person, with or without weighing "
                "the options, on the scale or in free words. Takes two to three times as long.",
            )
        self.deciding: list[Any] = [threshold, rule, cost]  # a change of these decides shown answers anew
        self.parts = [hedge, threshold, rule, cost, temperature, max_tokens, closer, max_calls, every]

    def settings(
        self,
        hedge: bool,
        threshold: float | None,
        rule: str | None,
        cost: float | None,
        temperature: float | None,
        max_tokens: float | None,
        closer: float | None,
        max_calls: float | None,
        every: bool,
    ) -> Settings:
        """The settings that the parts' values stand for; an emptied number keeps its first value."""
        changes: dict[str, Any] = {
            "hedge": hedge,
            "threshold": None if threshold is None else threshold / 100,
            "rule": rule,
            "cost": cost,
            "temperature": temperature,
            "max_tokens": None if max_tokens is None else int(max_tokens),
            "closer": None if closer is None else int(closer),
            "max_calls": None if max_calls is None else int(max_calls),
        }
        given = {name: value for name, value in changes.items() if value is not None}
        signals = tuple(one.name for one in ESTIMATORS) if every else self.first.signals
        return Settings.model_validate({**self.first.model_dump(), **given, "signals": signals})

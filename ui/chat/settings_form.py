"""The settings form of the page."""

from typing import Any

import gradio as gr

from chains.settings import Settings
from estimators import ESTIMATORS
from prompts import load

RULES = {
    "risk": "by accepted risk",
    "cost": "by cost",
    "balanced": "best balanced score",
    "conservative": "best conservative score",
}


class SettingsForm:
    """The settings as Gradio components: ``parts`` are the inputs of an event, ``settings(*values)`` reads their values."""

    def __init__(self, settings: Settings) -> None:
        self.first = settings
        with gr.Accordion("Settings", open=False, elem_classes=["cr-settings"]):
            doubt = gr.Checkbox(
                bool(settings.system.strip()),
                label="Ask the model to express doubt",
                info="Sends the system message below before the conversation. Your own words are never changed.",
            )
            system = gr.Textbox(
                settings.system or load("express_doubt").fill(),
                label="System message",
                lines=3,
                max_lines=8,
                interactive=True,
            )
            threshold = gr.Slider(
                0,
                100,
                settings.threshold * 100,
                step=1,
                label="Abstain below (%), if uncalibrated",
                info="Answers with a lower token (or letter) probability count as doubtful.",
            )
            rule = gr.Radio(
                [(name, value) for value, name in RULES.items()],
                value=settings.rule,
                label="Withhold answers, if calibrated",
                info="Only the accepted risk allows a guarantee. The two scores use a published rule on 20 questions.",
            )
            cost = gr.Slider(
                0,
                20,
                settings.cost,
                step=0.5,
                label="A wrong answer costs",
                info="A right answer gains 1, and a withheld answer costs 0. Used with “by cost”.",
            )
            temperature = gr.Slider(
                0,
                2,
                settings.temperature,
                step=0.1,
                label="Temperature",
                info="0 gives the most probable answer. Probabilities are always shown before temperature is applied.",
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
                label="Samples for checking consistency",
                info="Each sample is one model call at temperature 1.",
            )
            max_calls = gr.Slider(
                10,
                200,
                settings.max_calls,
                step=10,
                label="Maximum calls for checking consistency",
                info="Counts samples and the short questions about them; the check stops at this number.",
            )
            every = gr.Checkbox(
                False,
                label="Ask about confidence in every way",
                info="All eight ways of asking for confidence: own turn or third person, with or without considering "
                "the options, on a scale or in free words. Takes two to three times as long.",
            )
        self.deciding: list[Any] = [threshold, rule, cost]  # changing these redecides the shown answers
        self.parts = [doubt, system, threshold, rule, cost, temperature, max_tokens, closer, max_calls, every]

    def settings(
        self,
        doubt: bool,
        system: str | None,
        threshold: float | None,
        rule: str | None,
        cost: float | None,
        temperature: float | None,
        max_tokens: float | None,
        closer: float | None,
        max_calls: float | None,
        every: bool,
    ) -> Settings:
        """The settings from the components' values; an empty number field keeps its first value."""
        changes: dict[str, Any] = {
            "system": system or "" if doubt else "",
            "threshold": None if threshold is None else threshold / 100,
            "rule": rule,
            "cost": cost,
            "temperature": temperature,
            "max_tokens": None if max_tokens is None else int(max_tokens),
            "closer": None if closer is None else int(closer),
            "max_calls": None if max_calls is None else int(max_calls),
        }
        changed = {name: value for name, value in changes.items() if value is not None}
        signals = tuple(estimator.name for estimator in ESTIMATORS) if every else self.first.signals
        return Settings.model_validate({**self.first.model_dump(), **changed, "signals": signals})

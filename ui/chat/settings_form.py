"""The settings form of the page."""

from pathlib import Path
from typing import Any

import gradio as gr

from chains.pipeline.scorer import scorers
from chains.settings import Settings
from estimators import ESTIMATORS
from ui.chat.presets import PresetMenu

RULES = {
    "risk": "by accepted risk",
    "cost": "by cost",
    "balanced": "best balanced score",
    "conservative": "best conservative score",
}


class SettingsForm:
    """The settings as Gradio components: ``parts`` are the inputs of an event, ``settings(*values)`` reads their values."""

    def __init__(self, settings: Settings, presets: Path | None = None) -> None:
        self.first = settings
        self.menu = PresetMenu(settings, presets)  # outside the fold, which is drawn only once it is opened
        with gr.Accordion("Settings", open=False, elem_classes=["cr-settings"]):
            system = gr.Textbox(
                settings.system,
                label="System message",
                placeholder="none",
                info="Sent before the conversation. Your own words are never changed.",
                lines=2,
                max_lines=8,
                interactive=True,
            )
            temperature = gr.Slider(
                0,
                2,
                settings.temperature,
                step=0.1,
                buttons=[],  # no "reset", which would tell nobody
                label="Temperature",
                info="0 gives the most probable answer. Probabilities are always shown before temperature is applied.",
            )
            max_tokens = gr.Slider(
                0,
                8192,
                settings.max_tokens or 0,
                step=64,
                buttons=[],
                label="Longest answer (tokens)",
                info="Longer answers are cut off and can be continued. 0: as long as the model's context allows.",
            )
            seed = gr.Number(
                settings.seed,
                precision=0,
                minimum=0,
                maximum=2**31 - 1,
                label="Seed",
                info="Above temperature 0, the same seed gives the same answer again, if the engine uses it.",
            )
            threshold = gr.Slider(
                0,
                100,
                settings.threshold * 100,
                step=1,
                buttons=[],
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
                buttons=[],
                label="A wrong answer costs",
                info="A right answer gains 1, and a withheld answer costs 0. Used with “by cost”.",
            )
            closer = gr.Slider(
                2,
                25,
                settings.closer,
                step=1,
                buttons=[],
                label="Samples for checking consistency",
                info="Each sample is one model call at temperature 1.",
            )
            max_calls = gr.Slider(
                10,
                200,
                settings.max_calls,
                step=10,
                buttons=[],
                label="Maximum calls for checking consistency",
                info="Counts samples and the short questions about them; the check stops at this number.",
            )
            whole_check = gr.Checkbox(
                not settings.stop_early,
                label="Always draw all samples",
                info="Otherwise a consistency check stops once the leading meaning would stay ahead with a probability of "
                "95 %, and asks only what can still change the result.",
            )
            every = gr.Checkbox(
                False,
                label="Ask about confidence in every way",
                info="All eight ways of asking for confidence: own turn or third person, with or without considering "
                "the options, on a scale or in free words. Takes two to three times as long.",
            )
            score_with = gr.Dropdown(
                [("no other model", ""), *((name, name) for name in scorers())],
                value=settings.score_with if settings.score_with in scorers() else "",
                label="Score words with",
                info="Only where the answering model sends no log-probabilities. Shown, but no part of the confidence.",
            )
        self.deciding: list[Any] = [threshold, rule, cost]  # changing these redecides the shown answers
        self.parts: list[Any] = [
            system,
            temperature,
            max_tokens,
            seed,
            threshold,
            rule,
            cost,
            closer,
            max_calls,
            whole_check,
            every,
            score_with,
        ]

    def settings(
        self,
        system: str | None,
        temperature: float | None,
        max_tokens: float | None,
        seed: float | None,
        threshold: float | None,
        rule: str | None,
        cost: float | None,
        closer: float | None,
        max_calls: float | None,
        whole_check: bool,
        every: bool,
        score_with: str | None,
    ) -> Settings:
        """The settings from the components' values; an empty number field keeps its first value."""
        changes: dict[str, Any] = {
            "system": system or "",
            "temperature": temperature,
            "max_tokens": None if max_tokens is None else int(max_tokens),
            "seed": None if seed is None else int(seed),
            "threshold": None if threshold is None else threshold / 100,
            "rule": rule,
            "cost": cost,
            "closer": None if closer is None else int(closer),
            "max_calls": None if max_calls is None else int(max_calls),
            "stop_early": not whole_check,
            "score_with": score_with if score_with in scorers() else "",
        }
        changed = {name: value for name, value in changes.items() if value is not None}
        signals = tuple(estimator.name for estimator in ESTIMATORS) if every else self.first.signals
        return Settings.model_validate({**self.first.model_dump(), **changed, "signals": signals})

    def showing(self, settings: Settings) -> dict[Any, Any]:
        """The components' values for these settings."""
        values = (
            settings.system,
            settings.temperature,
            settings.max_tokens or 0,
            settings.seed,
            settings.threshold * 100,
            settings.rule,
            settings.cost,
            settings.closer,
            settings.max_calls,
            not settings.stop_early,
            settings.signals != self.first.signals,
            settings.score_with if settings.score_with in scorers() else "",
        )
        return dict(zip(self.parts, values, strict=True))

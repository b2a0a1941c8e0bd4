"""Freezes the answers of a design: the model runs once for every item, so that all participants see the same."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from langchain_core.language_models import BaseChatModel

from chains import assess
from chains.calibration.apply import chosen_panel, needed_signals
from chains.calibration.fitting import fitting
from chains.engines.embedded import spec_of
from chains.identity import identity
from chains.settings import Settings
from estimators import default_signals
from estimators.calibration.apply import redecide
from estimators.calibration.record import kind_of
from estimators.calibration.scope import GIVEN as GIVEN_ANSWER
from estimators.types import Assessment, Question
from evaluation.grading.grader import Graded, grade_choice, grade_short
from study.design.model import Design
from study.design.parts import Item
from study.design.reader import DesignFile
from study.design.stimuli import GIVEN, Stimuli, Stimulus, answers
from study.errors import BadDesign


def freeze(
    design: Design, model: BaseChatModel, kept: Sequence[Stimulus] = ()
) -> Iterator[tuple[Stimulus, bool]]:
    """The frozen answer of every item and practice item, and whether the model was run for it.

    An existing answer that still fits its item is kept, and graded by the current design.
    """
    existing = {stimulus.id: stimulus for stimulus in kept}
    for item in (*design.items, *design.practice):
        old = existing.get(item.id)
        if old is not None and answers(item, old):
            yield _stimulus(item, _kept(item, old.assessment)), False
        else:
            yield frozen(design, item, model), True


def _kept(item: Item, assessment: Assessment) -> Assessment:
    """An assessment frozen earlier; if the design supplies the answer, its calibrated confidence is removed."""
    if item.answer is None:
        return assessment
    provenance = replace(assessment.evidence.provenance, given=True)
    assessment = replace(assessment, evidence=replace(assessment.evidence, provenance=provenance))
    return redecide(assessment, None, reason=GIVEN_ANSWER) if assessment.decision.calibrated else assessment


def frozen(design: Design, item: Item, model: BaseChatModel) -> Stimulus:
    """One item's answer with its evidence. Raises CredenceError when the model cannot answer."""
    assessment = assess(
        model,
        item.question,
        choices=item.options or None,
        answer=item.answer,
        settings=_settings(design, item, model),
    )
    return _stimulus(item, assessment)


def _stimulus(item: Item, assessment: Assessment) -> Stimulus:
    grade = graded(item, assessment)
    graded_by = grade.by if grade.correct is not None else grade.reason
    return Stimulus(item.id, item.question, item.options, item.gold, grade.correct, graded_by, assessment)


def graded(item: Item, assessment: Assessment) -> Graded:
    """Whether the frozen answer is right, as stated in the design or else by the evaluation grader."""
    if item.correct is not None:
        return Graded(item.correct, GIVEN)
    if not item.gold:
        return Graded(None, reason="the design gives no right answer")
    text = assessment.evidence.answer.text
    if item.options:
        return grade_choice(text, item.options, item.options.index(item.gold[0]))
    return grade_short(text, item.gold)


def _settings(design: Design, item: Item, model: BaseChatModel) -> Settings:
    """The design's settings, always with the signal of its verbalized number."""
    settings = design.settings()
    names = settings.signals or _default_signals(item, model, settings)
    if design.verbalized in names:
        return settings
    return settings.model_copy(update={"signals": (*names, design.verbalized)})


def _default_signals(item: Item, model: BaseChatModel, settings: Settings) -> tuple[str, ...]:
    """The signals of the default panel, and those that the calibration in use needs."""
    sampled, kind = bool(settings.samples), kind_of(item.options)
    if item.answer is not None:  # no calibration covers it
        return default_signals(item.options, sampled=sampled)
    fit = fitting(model, settings.calibration)
    panel = chosen_panel(fit, Question(item.question), kind, settings)
    needed = needed_signals(fit.part(kind), settings)
    names = default_signals(item.options, sampled=sampled, panel=panel, whole=not settings.chosen_panel)
    return tuple(dict.fromkeys((*names, *needed)))


def made_alike(before: Stimuli, file: DesignFile, spec: str, model: BaseChatModel) -> bool:
    """Whether the existing answers came from the same model with the same settings.

    Raises BadDesign if the spec of these answers opens another model now.
    """
    way = _way(file, spec)
    was, now = before.header.get("model_sha256"), identity(model)["model_sha256"]
    if not was or not now:
        return all(before.header.get(name) == value for name, value in way.items())
    if before.header.get("opened") == spec and was != now:
        reopened = spec_of(was)
        again = f"keep them with --model {reopened}, or " if reopened else ""
        raise BadDesign(
            [
                f"{file.stimuli_path}: these answers come from {before.header.get('model')}, but {spec} opens "
                f"{identity(model)['model']} here: {again}run all items again with --again."
            ]
        )
    return was == now and all(before.header.get(name) == way[name] for name in way if name != "opened")


def _way(file: DesignFile, spec: str) -> dict[str, Any]:
    settings = file.design.settings().model_dump(
        mode="json", exclude={"score_with"}
    )  # does not change answers
    return {"opened": spec, "settings": settings, "verbalized": file.design.verbalized}


def header_of(file: DesignFile, model: BaseChatModel, spec: str) -> dict[str, Any]:
    """How the answers are made, for the first line of their file."""
    date = datetime.now(UTC).date().isoformat()
    return {**identity(model), **_way(file, spec), "design_sha256": file.sha256, "date": date}

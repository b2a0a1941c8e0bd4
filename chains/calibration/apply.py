"""Applying a model's calibration to one turn: the signals it needs, and the calibrated assessment."""

import contextlib
import threading
from collections.abc import Sequence
from dataclasses import replace

from chains.calibration.fitting import Fit
from chains.errors import CredenceError
from chains.settings import Settings
from estimators import ESTIMATORS
from estimators.calibration.apply import redecide
from estimators.calibration.record import ASKED, Calibration, Kind, KindCalibration, kind_of
from estimators.types import Assessment, Distance, Question

_LOADING: set[str] = set()  # embedders whose loading has started
SAMPLED = frozenset(estimator.name for estimator in ESTIMATORS if "samples" in estimator.needs)


def needed_signals(part: KindCalibration | None, settings: Settings) -> tuple[str, ...]:
    """The signals that the calibration of a kind of question needs, except those that need samples."""
    if part is not None and part.neighbourhood.embedder == settings.embedding:
        _load_early(settings.embedding)
    return tuple(name for name in part.combined.names if name not in SAMPLED) if part else ()


def chosen_panel(fit: Fit, question: Question, kind: Kind, settings: Settings) -> tuple[str, ...] | None:
    """The default panel that the calibration chose for this kind of question.

    None if it chose none, or does not cover answers that are asked for in this way.
    """
    part = fit.part(kind)
    if fit.calibration is None or part is None or part.panel is None:
        return None
    asked = fit.calibration.asked
    differs = any(name in asked and asked[name] != getattr(settings, name) for name in ASKED)
    system = any(message.role == "system" for message in question.history)
    return None if differs or system or settings.temperature > 0 else part.panel.names


def _load_early(embedding: str) -> None:
    """Load the sentence embedder while the answer streams: loading takes seconds, and it is needed at the end."""
    if embedding in _LOADING:
        return
    _LOADING.add(embedding)

    def load() -> None:
        from chains.meaning.embedding import open_embedder

        with contextlib.suppress(CredenceError):  # reported when the embedder is used
            open_embedder(embedding)

    threading.Thread(target=load, name="embedder", daemon=True).start()


def calibrated(fit: Fit, settings: Settings, assessment: Assessment) -> Assessment:
    """The assessment decided under a calibration, with the question's distance; or why it is not calibrated.

    The question is embedded only if its distance from this calibration is not known yet.
    """
    if fit.calibration is not None:
        assessment = with_distance(assessment, fit.calibration, settings.embedding)
    return redecide(
        assessment, fit.calibration, rule=settings.rule, risk=settings.risk, cost=settings.cost,
        threshold=settings.threshold, reason=fit.reason,
    )  # fmt: skip


def with_distance(assessment: Assessment, calibration: Calibration, embedding: str = "builtin") -> Assessment:
    """Add how far the question is from those of the calibration, unless that is measured already.

    Nothing is measured if the calibration has no embedded questions, or if the question is a follow-up.
    """
    evidence = assessment.evidence
    part = calibration.part(kind_of(evidence.options))
    measured = assessment.distance is not None and assessment.distance.calibration == calibration.key
    follow_up = any(message.role != "system" for message in evidence.question.history)
    if part is None or part.neighbourhood.limit is None or measured or follow_up:
        return assessment
    return replace(
        assessment, distance=_distance(calibration, evidence.question.text, evidence.options, embedding)
    )


def _distance(calibration: Calibration, text: str, options: Sequence[str], embedding: str) -> Distance:
    part = calibration.part(kind_of(options))
    assert part is not None
    if part.neighbourhood.embedder != embedding:
        reason = f"the calibration's questions were embedded with {part.neighbourhood.embedder}, not with {embedding}"
        return Distance(calibration.key, None, reason)
    from chains.meaning.embedding import open_embedder

    try:
        vector = open_embedder(embedding).embed([text])[0]
    except CredenceError as error:
        return Distance(calibration.key, None, str(error).rstrip("."))
    if vector.shape != (part.neighbourhood.width,):
        return Distance(
            calibration.key, None, "the sentence embeddings differ in length from those of the calibration"
        )
    return Distance(calibration.key, part.neighbourhood.distance(vector))

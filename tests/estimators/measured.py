"""A calibration with known figures, and assessments by its model."""

from collections.abc import Mapping

from estimators.abstention import decide
from estimators.calibration.calibrators import Platt
from estimators.calibration.combined import Combined
from estimators.calibration.out_of_distribution import Neighbourhood
from estimators.calibration.record import (
    Calibration,
    HeldOut,
    Kind,
    KindCalibration,
    Metrics,
    QuestionSet,
    SignalCalibration,
)
from estimators.calibration.risk_control import OperatingPoint
from estimators.types import Answer, Assessment, Evidence, Message, Provenance, Question, Signal

NO_EMBEDDER = "no sentence embeddings were made"
POINTS = (
    OperatingPoint(0.1, None, missing="too many were wrong"),
    OperatingPoint(0.2, 0.7, 60, 6, 0.48, 0.17),
    OperatingPoint(0.3, 0.4, 100, 22, 0.8, 0.28),
)
NONE = tuple(OperatingPoint(point.risk, None, missing="too many were wrong") for point in POINTS)
ASKED = {"asking": "as_typed", "system": "", "temperature": 0.0, "threshold": 0.5}


def part(
    kind: Kind = "choice", points: tuple[OperatingPoint, ...] = POINTS, near: Neighbourhood | None = None
) -> KindCalibration:
    """score = 2 · logit(msp), shown as σ(score); p_ic has a calibrator but no weight."""
    name = "msp" if kind == "choice" else "sequence_probability"
    return KindCalibration(
        kind, 125, 125, 0.6,
        (
            SignalCalibration(name, 250, 0.55, Platt(2.0, 0.0), {"platt": 0.6}, 0.7, 0.6, 0.8, 125),
            SignalCalibration("p_ic", 250, 0.8, Platt(-1.0, 0.0), {"platt": 0.7}, 0.5, 0.4, 0.6, 125),
        ),
        Combined((name,), (2.0,), (0.0,), (1.0,), (0.0,), 0.0, 10.0, {"10": 0.6}),
        Platt(1.0, 0.0), points, 0.46, {"balanced": 0.5, "conservative": 0.66}, name,
        Metrics(125, 0.6, 0.5, 0.1, 0.2, 0.6, 0.7), Metrics(125, 0.6, 0.6, 0.05, 0.19, 0.55, 0.72),
        HeldOut((0.4, None), (0.3, 0.8), (False, True)),
        near or Neighbourhood(missing=NO_EMBEDDER),
    )  # fmt: skip


def calibration(*parts: KindCalibration, **changes: object) -> Calibration:
    """A calibration of the model "m"."""
    fields: dict[str, object] = {
        "name": "mine", "model": "m", "model_sha256": "aa", "engine": "script", "prompts": {"options": "s1"},
        "asked": {"asking": "as_typed", "system": "", "temperature": 0.0},
        "questions": QuestionSet("q.jsonl", "cc", 250), "created": "2026-11-26T12:00:00+00:00", "seed": 1,
        "parts": parts or (part(),), "unmeasured": {}, "left_out": {},
    }  # fmt: skip
    return Calibration(**{**fields, **changes})  # type: ignore[arg-type]


def assessment(
    confidence: float | None = 0.6, options: tuple[str, ...] = ("a", "b"), *, history: tuple[Message, ...] = (),
    model: str = "m", sha256: str | None = "aa", prompts: Mapping[str, str] | None = None, **asked: object,
) -> Assessment:  # fmt: skip
    """An answer with this letter probability, and P_IC of one half."""
    name = "msp" if options else "sequence_probability"
    signals = (Signal(name, confidence, "" if confidence is not None else "no letter"), Signal("p_ic", 0.5))
    who = Provenance(model, "script", sha256, prompts or {"options": "s1"}, {**ASKED, **asked})  # type: ignore[dict-item]
    evidence = Evidence(Question("Which?", history), Answer("A"), options, provenance=who)
    return Assessment(evidence, signals, (), decide(signals, 0.5))

"""A line of the menu for each model, in words; what is not known is said, too."""

from dataclasses import asdict, dataclass
from typing import Any

from chains.calibration.fitting import Fit, fitting
from chains.engines.absent import absent_model
from chains.engines.embedded import is_embedded
from chains.models.found import FoundModel, found_models
from chains.models.slot import SlotState
from chains.models.speeds import Speed, Speeds
from chains.opening import megabytes
from estimators import ESTIMATORS
from estimators.calibration.apply import failed_signals
from estimators.calibration.record import TITLES, KindCalibration

_TITLES = {estimator.name: estimator.title for estimator in ESTIMATORS}


@dataclass(frozen=True, slots=True)
class ModelLine:
    """What the menu says of one model."""

    spec: str
    name: str
    state: str  # "in use", "loading"; empty for any other
    where: str  # its size and its place
    calibrated: str
    confidence: tuple[str, ...]  # how good it was, one sentence for each kind of question
    signals: tuple[str, ...]  # which of its signals say something about its answers
    speed: str


def lines(state: SlotState, sha256: str | None, speeds: Speeds) -> list[dict[str, Any]]:
    """The menu as data for the page to draw; ``sha256``: of the file in use, None if it is not known."""
    return [asdict(_line(model, state, sha256, speeds)) for model in found_models(state.spec)]


def _line(model: FoundModel, state: SlotState, sha256: str | None, speeds: Speeds) -> ModelLine:
    doing = "loading" if model.spec == state.loading else "in use" if _in_use(model, state, sha256) else ""
    speed = speeds.of(model.name, model.sha256)
    described = {"model": model.name, "engine": "", "model_sha256": model.sha256}
    return model_line(model, fitting(absent_model(described, "it is not open")), speed, doing)


def _in_use(model: FoundModel, state: SlotState, sha256: str | None) -> bool:
    """Whether this is the model in use; the smaller built-in one may have been opened in place of the larger."""
    if state.ready and is_embedded(state.spec) and model.place == "built in" and sha256 is not None:
        return model.sha256 == sha256
    return state.ready and model.spec == state.spec


def model_line(model: FoundModel, fit: Fit, speed: Speed | None, doing: str = "") -> ModelLine:
    """One line from what is known of a model."""
    parts = fit.calibration.parts if fit.calibration else ()
    return ModelLine(
        spec=model.spec,
        name=model.name,
        state=doing,
        where=_where(model),
        calibrated=_calibrated(fit),
        confidence=tuple(map(_confidence, parts)),
        signals=tuple(map(_signals, parts)),
        speed=_speed(speed),
    )


def _where(model: FoundModel) -> str:
    size = f"{megabytes(model.size)} MB" if model.size is not None else "size unknown"
    if model.place == "server":
        return f"on the server {model.where}"
    if model.place == "built in":
        return f"{size}, comes with Credence" if model.fetched else f"{size} to download, comes with Credence"
    if model.place == "hub":
        return f"{size}, from the Hugging Face hub, on this machine"
    return f"{size}, in {model.where}" if model.where else model.spec


def _calibrated(fit: Fit) -> str:
    if fit.calibration is None:
        return f"Not calibrated: {fit.reason.rstrip('.')}."
    return f"Calibrated on {fit.calibration.counted}."


def _confidence(part: KindCalibration) -> str:
    """How good the confidence was on the testing half."""
    measured = part.after
    auroc = f"AUROC {measured.auroc:.2f}" if measured.auroc is not None else "AUROC not defined"
    ece = f"ECE {measured.ece:.2f}" if measured.ece is not None else "ECE not defined"
    return f"On {TITLES[part.kind]}: {auroc}, {ece} (n = {measured.n:,})."


def _signals(part: KindCalibration) -> str:
    """Which signals passed the validity screen."""
    failed = failed_signals(part)
    works = [
        _TITLES.get(signal.name, signal.name)
        for signal in part.signals
        if signal.calibrator is not None and signal.name not in failed
    ]
    named, n = ", ".join(works) or "none", len(failed)
    out = f" {n} {'others say' if n > 1 else 'other says'} nothing about its answers." if n else ""
    return f"Signals that work on {TITLES[part.kind]}: {named}.{out}"


def _speed(speed: Speed | None) -> str:
    if speed is None:
        return "Its speed was not measured on this machine yet."
    many = f"its last {speed.answers} answers" if speed.answers > 1 else "its last answer"
    return f"{speed.tokens_per_second:.2g} tokens per second in {many}, reading the question included."

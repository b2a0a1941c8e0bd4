"""The axis: one 0–100 scale, token side above the line, what it says when asked again or anew below it."""

from collections.abc import Mapping, Sequence
from html import escape

from estimators import Estimator
from estimators.percent import percent
from estimators.types import Signal


def axis(
    estimators: Sequence[Estimator],
    signals: Mapping[str, Signal],
    threshold: float | None,
    pending: Sequence[str] = (),
) -> str:
    """The axis as HTML: a lane for every signal, unfolding to what its number means; None leaves the threshold out."""
    sides = {
        side: [estimator for estimator in estimators if estimator.side == side]
        for side in ("token", "sample", "verbal")
    }
    above = "".join(_lane(estimator, signals.get(estimator.name), pending) for estimator in sides["token"])
    below = "".join(_lane(estimator, signals.get(estimator.name), pending) for estimator in sides["verbal"])
    anew = "".join(_lane(estimator, signals.get(estimator.name), pending) for estimator in sides["sample"])
    zone = "" if threshold is None else '<div class="cr-zone" aria-hidden="true"></div>'
    mark = "" if threshold is None else f'<div class="cr-threshold">abstain below {percent(threshold)}</div>'
    ticks = "".join(f'<span style="left:{tick}%">{tick}</span>' for tick in (0, 25, 50, 75, 100))
    return (
        f'<div class="cr-axis" style="--threshold:{(threshold or 0) * 100:.1f}%">{zone}'
        f'<div class="cr-side">while it answers</div>{above}'
        f'<div class="cr-line"><div class="cr-ticks" aria-hidden="true">{ticks}</div>'
        f"{mark}</div>"
        f'<div class="cr-side">when asked again</div>{below}'
        + (f'<div class="cr-side">when it answers anew</div>{anew}' if anew else "")
        + "</div>"
    )


def _lane(estimator: Estimator, signal: Signal | None, pending: Sequence[str]) -> str:
    title, meaning = escape(estimator.title), escape(estimator.meaning)
    if signal is not None and signal.missing:
        meaning += f" <b>Missing here:</b> {escape(signal.missing)}."
    if signal is None:
        body = f'<i class="cr-dot cr-hollow"></i><span class="cr-name">{title}</span>'
        asking = bool(pending) and pending[0] in estimator.needs
        note = "asking …" if asking else "measuring …" if "tokens" in estimator.needs else "waiting …"
        row = f'<span class="cr-mark cr-right" style="--at:0%">{body}<em>{note}</em></span>'
    elif signal.confidence is None:
        row = (
            f'<span class="cr-mark cr-right cr-missing" style="--at:0%"><span class="cr-name">{title}</span>'
            f"<em>{escape(signal.missing)}</em></span>"
        )
    else:
        at, side = signal.confidence * 100, "cr-left" if signal.confidence > 0.5 else "cr-right"
        row = (
            f'<span class="cr-mark {side}" style="--at:{at:.1f}%"><i class="cr-dot cr-dot-{estimator.side}"></i>'
            f'<b>{percent(signal.confidence)}</b><span class="cr-name">{title}</span></span>'
        )
    return (
        f'<details class="cr-lane" data-key="lane-{estimator.name}"><summary>{row}</summary>'
        f"<p><b>{title}.</b> {meaning}</p></details>"
    )

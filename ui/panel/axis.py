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
    led: bool = False,
    figure: float | None = None,
) -> str:
    """The axis as HTML: a lane for every signal, unfolding to what its number means; no ``threshold``: none is drawn.

    ``led``: the model is calibrated; its ``figure`` (None: still to come) leads, the threshold is that of the figure,
    and the raw signals stand behind it.
    """
    sides = {
        side: [estimator for estimator in estimators if estimator.side == side]
        for side in ("token", "sample", "verbal")
    }
    above = "".join(_lane(estimator, signals.get(estimator.name), pending) for estimator in sides["token"])
    below = "".join(_lane(estimator, signals.get(estimator.name), pending) for estimator in sides["verbal"])
    anew = "".join(_lane(estimator, signals.get(estimator.name), pending) for estimator in sides["sample"])
    ticks = "".join(f'<span style="left:{tick}%">{tick}</span>' for tick in (0, 25, 50, 75, 100))
    low = 0.0 if threshold is None else max(0.0, threshold)
    shaded = "" if threshold is None else '<div class="cr-zone" aria-hidden="true"></div>'
    said = "" if threshold is None else f'<div class="cr-threshold">abstain below {percent(low)}</div>'
    if led:
        lead, shaded, said = _lead(figure, shaded + said if figure is not None else ""), "", ""
    else:
        lead = ""
    return (
        f'<div class="cr-axis{" cr-led" if led else ""}" style="--threshold:{min(1.0, low) * 100:.1f}%">'
        f"{lead}{shaded}"
        f'<div class="cr-side">while it answers</div>{above}'
        f'<div class="cr-line"><div class="cr-ticks" aria-hidden="true">{ticks}</div>{said}</div>'
        f'<div class="cr-side">when asked again</div>{below}'
        + (f'<div class="cr-side">when it answers anew</div>{anew}' if anew else "")
        + "</div>"
    )


def _lead(figure: float | None, threshold: str) -> str:
    """The lane of the calibrated figure, on top."""
    if figure is None:
        mark = (
            '<span class="cr-mark cr-right" style="--at:0%"><i class="cr-dot cr-hollow"></i>'
            '<span class="cr-name">Calibrated</span><em>waiting …</em></span>'
        )
    else:
        side = "cr-left" if figure > 0.5 else "cr-right"
        mark = (
            f'<span class="cr-mark {side}" style="--at:{figure * 100:.1f}%">'
            f'<i class="cr-dot cr-dot-lead"></i><b>{percent(figure)}</b><span class="cr-name">Calibrated</span></span>'
        )
    return f'<div class="cr-lead">{threshold}{mark}</div>'


def _lane(estimator: Estimator, signal: Signal | None, pending: Sequence[str]) -> str:
    title, meaning = escape(estimator.title), escape(estimator.meaning)
    if signal is not None and signal.calibrated is not None:
        meaning += f" <b>Calibrated by itself:</b> {percent(signal.calibrated)}."
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
            f'<span class="cr-mark {side}" style="--at:{at:.1f}%"><i class="cr-dot cr-dot-{escape(estimator.side)}"></i>'
            f'<b>{percent(signal.confidence)}</b><span class="cr-name">{title}</span></span>'
        )
    return (
        f'<details class="cr-lane" data-key="lane-{escape(estimator.name)}"><summary>{row}</summary>'
        f"<p><b>{title}.</b> {meaning}</p></details>"
    )

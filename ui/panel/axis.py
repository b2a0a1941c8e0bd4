"""The axis: one 0–100 scale, with token signals above the line and verbalized and sample signals below it."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Protocol

from estimators.percent import percent
from estimators.types import Signal


class Described(Protocol):
    """What the axis says about a signal; every Estimator has it."""

    @property
    def name(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def meaning(self) -> str: ...
    @property
    def side(self) -> str: ...
    @property
    def needs(self) -> tuple[str, ...]: ...


def axis(
    estimators: Sequence[Described],
    signals: Mapping[str, Signal],
    threshold: float | None,
    pending: Sequence[str] = (),
    led: bool = False,
    figure: float | None = None,
) -> str:
    """The axis as HTML: one lane per signal, which unfolds to explain its number. ``threshold`` None: none is drawn.

    ``led``: the calibrated ``figure`` (None: not computed yet) gets the top lane, the threshold applies to it, and the
    raw signals are drawn more quietly.
    """
    sides = {
        side: [estimator for estimator in estimators if estimator.side == side]
        for side in ("token", "sample", "verbal")
    }
    above = "".join(_lane(estimator, signals.get(estimator.name), pending) for estimator in sides["token"])
    below = "".join(_lane(estimator, signals.get(estimator.name), pending) for estimator in sides["verbal"])
    samples = "".join(_lane(estimator, signals.get(estimator.name), pending) for estimator in sides["sample"])
    ticks = "".join(f'<span style="left:{tick}%">{tick}</span>' for tick in (0, 25, 50, 75, 100))
    low = 0.0 if threshold is None else max(0.0, threshold)
    shaded = "" if threshold is None else '<div class="cr-zone" aria-hidden="true"></div>'
    mark = "" if threshold is None else f'<div class="cr-threshold">abstain below {percent(low)}</div>'
    if led:
        lead, shaded, mark = _lead(figure, shaded + mark if figure is not None else ""), "", ""
    else:
        lead = ""
    return (
        f'<div class="cr-axis{" cr-led" if led else ""}" style="--threshold:{min(1.0, low) * 100:.1f}%">'
        f"{lead}{shaded}"
        f'<div class="cr-side">while answering</div>{above}'
        f'<div class="cr-line"><div class="cr-ticks" aria-hidden="true">{ticks}</div>{mark}</div>'
        f'<div class="cr-side">when asked again</div>{below}'
        + (f'<div class="cr-side">across samples</div>{samples}' if samples else "")
        + "</div>"
    )


def _lead(figure: float | None, threshold: str) -> str:
    """The top lane, with the calibrated confidence."""
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


def _lane(estimator: Described, signal: Signal | None, pending: Sequence[str]) -> str:
    title, meaning = escape(estimator.title), escape(estimator.meaning)
    if signal is not None and signal.calibrated is not None:
        meaning += f" <b>Calibrated on its own:</b> {percent(signal.calibrated)}."
    if signal is not None and signal.missing:
        meaning += f" <b>Missing:</b> {escape(signal.missing)}."
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

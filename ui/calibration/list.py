"""The saved calibrations with their actions, and two of them side by side; escaped HTML."""

from collections.abc import Sequence
from html import escape

from chains.calibration.store import Saved
from estimators.calibration.record import TITLES, Calibration, KindCalibration
from estimators.percent import percent
from ui.calibration.drawings import pairs, reliability
from ui.calibration.results import FIGURES, facts, figure_text

NOTHING = "No calibrations yet. The ones you save are listed here."


def saved_list(
    saved: Sequence[Saved], in_use: str | None, shown: str | None = None, compared: str | None = None,
    leaving: str | None = None, may_change: bool = True, error: str = "",
) -> str:  # fmt: skip
    """Every saved calibration; ``leaving`` is the one waiting for its deletion to be confirmed."""
    alert = f'<p class="cr-error" role="alert">{escape(error)}</p>' if error else ""
    if not saved:
        return f"<h3>Saved</h3>{alert}<p class='cr-quiet'>{NOTHING}</p>"
    rows = "".join(
        _leaving(entry.name) if entry.name == leaving else _row(entry, in_use, shown, compared, may_change)
        for entry in saved
    )
    return f'<h3>Saved</h3>{alert}<ul class="cr-saved">{rows}</ul>'


def _row(entry: Saved, in_use: str | None, shown: str | None, compared: str | None, may_change: bool) -> str:
    tags = [
        name
        for name, holds in (
            ("in use", entry.name == in_use),
            ("comes with Credence", entry.shipped),
            ("shown", entry.name == shown),
            ("compared", entry.name == compared),
        )
        if holds
    ]
    badges = "".join(f' <span class="cr-tag">{tag}</span>' for tag in tags)
    misfit = f"<small class='cr-misfit'>Does not fit: {escape(entry.misfit)}</small>" if entry.misfit else ""
    acts = [("show", "Show", entry.name != shown or compared is not None)]
    acts.append(("compare", "Compare", shown is not None and entry.name not in (shown, compared)))
    acts.append(("use", "Use", may_change and not entry.misfit and entry.name != in_use))
    acts.append(("leave", "Stop using", may_change and entry.name == in_use))
    acts.append(("delete", "Delete", may_change and not entry.shipped))
    buttons = "".join(
        f'<button type="button" class="cr-plain" data-act="{act}" data-name="{escape(entry.name)}" '
        f'aria-label="{title} {escape(entry.name)}">{title}</button>'
        for act, title, there in acts
        if there
    )
    return (
        f"<li><b>{escape(entry.name)}</b>{badges}<small>{facts(entry.calibration)}</small>{misfit}"
        f'<div class="cr-acts">{buttons}</div></li>'
    )


def _leaving(name: str) -> str:
    return (
        f'<li class="cr-leaving" role="alertdialog" aria-label="Delete {escape(name)}?"><b>Delete “{escape(name)}”?</b>'
        "<small>This cannot be undone.</small>"
        f'<div class="cr-acts"><button type="button" class="cr-primary" data-act="delete-now" data-name="{escape(name)}">'
        "Delete</button>"
        '<button type="button" class="cr-plain" data-act="keep">Keep</button></div></li>'
    )


def comparison(first: Calibration, second: Calibration) -> str:
    """Two calibrations side by side: figures, guarantees and diagrams."""
    kinds = [kind for kind in TITLES if first.part(kind) or second.part(kind)]
    sections = "".join(_kind(kind, first, second) for kind in kinds)
    return (
        f'<article class="cr-results"><h2>{escape(first.name)} <span class="cr-quiet">and</span> {escape(second.name)}</h2>'
        f"<p class='cr-quiet'>{facts(first)}<br>{facts(second)}</p>{sections}</article>"
    )


def _kind(kind: str, first: Calibration, second: Calibration) -> str:
    parts = (first.part(kind), second.part(kind))
    head = "".join(f'<th scope="col">{escape(calibration.name)}</th>' for calibration in (first, second))
    rows = [("Questions", *(f"{part.n:,}" if part else "not measured" for part in parts))]
    rows += [("Correct", *(percent(part.accuracy) if part else "–" for part in parts))]
    rows += [
        (title, *(_change(part, name) for part in parts)) for name, (title, _) in FIGURES.items()
    ]  # before → after
    risks = sorted({point.risk for part in parts if part for point in part.points})
    rows += [
        (f"Shown at a risk of {percent(risk)}", *(_shown(part, risk) for part in parts)) for risk in risks
    ]
    body = "".join(
        f'<tr><th scope="row">{name}</th>{"".join(f"<td>{cell}</td>" for cell in cells)}</tr>' for name, *cells in rows
    )  # fmt: skip
    drawn = "".join(
        f"<figure><figcaption><b>{escape(calibration.name)}</b>"
        f"<small>{'calibrated' if part else 'not measured'}</small></figcaption>"
        f"{reliability(pairs(part.held_out, after=True), 'calibrated') if part else ''}</figure>"
        for calibration, part in zip((first, second), parts, strict=True)
    )
    title = TITLES[kind]
    return (
        f'<section class="cr-part" aria-label="{title}"><h3>{title[0].upper()}{title[1:]}</h3>'
        f'<div class="cr-drawings">{drawn}</div>'
        f'<div class="cr-table"><table><caption>Side by side</caption><thead><tr><th></th>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table><p class='cr-quiet'>Before → after. "
        "“–” means no guarantee at that risk.</p></div></section>"
    )


def _change(part: KindCalibration | None, name: str) -> str:
    if part is None:
        return "–"
    return f"{figure_text(part.before, name)} → <b>{figure_text(part.after, name)}</b>"


def _shown(part: KindCalibration | None, risk: float) -> str:
    point = next((point for point in part.points if point.risk == risk), None) if part else None
    if point is None or point.threshold is None:
        return "–"
    return (
        f"{percent(point.coverage)} <small>from {percent(point.threshold)} up</small>"
        if point.coverage
        else "–"
    )

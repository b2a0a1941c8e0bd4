"""The calibrations that there are, as a list with what can be done with each, and two side by side; HTML, escaped."""

from collections.abc import Sequence
from html import escape

from chains.calibration.store import Saved
from estimators.calibration.record import TITLES, Calibration, Part
from estimators.percent import percent
from ui.calibration.drawings import pairs, reliability
from ui.calibration.results import FIGURES, facts, figure_text

NOTHING = "There is none yet. The first one that you make is saved here, with a name."


def saved_list(
    saved: Sequence[Saved], in_use: str | None, shown: str | None = None, compared: str | None = None,
    leaving: str | None = None, may_change: bool = True, error: str = "",
) -> str:  # fmt: skip
    """Every saved calibration; ``leaving`` is the one whose deletion is to be confirmed."""
    told = f'<p class="cr-error" role="alert">{escape(error)}</p>' if error else ""
    if not saved:
        return f"<h3>Saved</h3>{told}<p class='cr-quiet'>{NOTHING}</p>"
    rows = "".join(
        _leaving(one.name) if one.name == leaving else _row(one, in_use, shown, compared, may_change)
        for one in saved
    )
    return f'<h3>Saved</h3>{told}<ul class="cr-saved">{rows}</ul>'


def _row(one: Saved, in_use: str | None, shown: str | None, compared: str | None, may_change: bool) -> str:
    tags = [
        name
        for name, holds in (
            ("in use", one.name == in_use),
            ("comes with Credence", one.shipped),
            ("shown", one.name == shown),
            ("compared", one.name == compared),
        )
        if holds
    ]
    badges = "".join(f' <span class="cr-tag">{tag}</span>' for tag in tags)
    misfit = f"<small class='cr-misfit'>Does not fit: {escape(one.misfit)}</small>" if one.misfit else ""
    acts = [("show", "Show", one.name != shown or compared is not None)]
    acts.append(("compare", "Compare", shown is not None and one.name not in (shown, compared)))
    acts.append(("use", "Use", may_change and not one.misfit and one.name != in_use))
    acts.append(("leave", "Stop using", may_change and one.name == in_use))
    acts.append(("delete", "Delete", may_change and not one.shipped))
    buttons = "".join(
        f'<button type="button" class="cr-plain" data-act="{act}" data-name="{escape(one.name)}" '
        f'aria-label="{title} {escape(one.name)}">{title}</button>'
        for act, title, there in acts
        if there
    )
    return (
        f"<li><b>{escape(one.name)}</b>{badges}<small>{facts(one.calibration)}</small>{misfit}"
        f'<div class="cr-acts">{buttons}</div></li>'
    )


def _leaving(name: str) -> str:
    return (
        f'<li class="cr-leaving" role="alertdialog" aria-label="Delete {escape(name)}?"><b>Delete “{escape(name)}”?</b>'
        "<small>It cannot be brought back.</small>"
        f'<div class="cr-acts"><button type="button" class="cr-primary" data-act="delete-now" data-name="{escape(name)}">'
        "Delete</button>"
        '<button type="button" class="cr-plain" data-act="keep">Keep</button></div></li>'
    )


def comparison(first: Calibration, second: Calibration) -> str:
    """Two calibrations side by side: their figures, their guarantees, their diagrams."""
    kinds = [kind for kind in TITLES if first.part(kind) or second.part(kind)]
    sections = "".join(_kind(kind, first, second) for kind in kinds)
    return (
        f'<article class="cr-results"><h2>{escape(first.name)} <span class="cr-quiet">and</span> {escape(second.name)}</h2>'
        f"<p class='cr-quiet'>{facts(first)}<br>{facts(second)}</p>{sections}</article>"
    )


def _kind(kind: str, first: Calibration, second: Calibration) -> str:
    parts = (first.part(kind), second.part(kind))
    head = "".join(f'<th scope="col">{escape(one.name)}</th>' for one in (first, second))
    rows = [("Questions", *(f"{part.n:,}" if part else "not measured" for part in parts))]
    rows += [("Right", *(percent(part.accuracy) if part else "–" for part in parts))]
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
        f"<figure><figcaption><b>{escape(one.name)}</b>"
        f"<small>{'calibrated' if part else 'not measured'}</small></figcaption>"
        f"{reliability(pairs(part.held_out, after=True), 'calibrated') if part else ''}</figure>"
        for one, part in zip((first, second), parts, strict=True)
    )
    title = TITLES[kind]
    return (
        f'<section class="cr-part" aria-label="{title}"><h3>{title[0].upper()}{title[1:]}</h3>'
        f'<div class="cr-drawings">{drawn}</div>'
        f'<div class="cr-table"><table><caption>Side by side</caption><thead><tr><th></th>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table><p class='cr-quiet'>Before → after. "
        "“–” at a risk: no guarantee there.</p></div></section>"
    )


def _change(part: Part | None, name: str) -> str:
    if part is None:
        return "–"
    return f"{figure_text(part.before, name)} → <b>{figure_text(part.after, name)}</b>"


def _shown(part: Part | None, risk: float) -> str:
    point = next((point for point in part.points if point.risk == risk), None) if part else None
    if point is None or point.threshold is None:
        return "–"
    return (
        f"{percent(point.coverage)} <small>from {percent(point.threshold)} on</small>"
        if point.coverage
        else "–"
    )

"""Formats what ``score`` and ``compare`` print: scored signals and paired differences."""

from collections.abc import Mapping, Sequence

from evaluation.metrics import BY_NAME, METRICS, Difference, Estimate
from evaluation.metrics.bootstrap import FEWEST
from evaluation.metrics.calibration.inverse_pairs import BIAS
from evaluation.reports.tables import aligned, cell, interval, number, p_value
from evaluation.scoring.marker_scores import HALVES
from evaluation.scoring.signal_scores import NOBODY, Aligned, Scored

OVER = f"mean, lowest and highest of {HALVES} splits"
# The metrics in a line when there are many signals, with their short titles.
MAIN = {
    "ece": "ECE", "brier": "Brier", "auroc": "AUROC", "aurc": "AURC", "ipr": "IPR", "confidence_evenness": "CE",
}  # fmt: skip


def value(figure: Estimate | None, digits: int = 3) -> str:
    """A figure without its interval; a dash if it is missing."""
    return "–" if figure is None or figure.value is None else number(figure.value, digits)


def shown(name: str, figure: Estimate) -> str:
    """The value of a metric as text; a p value too small for a float is not shown as 0."""
    metric = BY_NAME[name]
    if name == "mann_whitney_p" and figure.value == 0:
        return "< 1e-300"
    return value(figure, 1 if metric.points else 3)


def full_table(signal: Scored) -> list[str]:
    """Every metric of one signal on a line each, with the reason if it is missing."""
    if not signal.n:
        return [f"  {NOBODY}"]
    figures = [(metric, signal.figures[metric.name]) for metric in METRICS]
    rows = [
        [f"  {metric.title}", shown(metric.name, figure), interval(figure, 1 if metric.points else 3)]
        for metric, figure in figures
    ]
    reasons = (figure.missing for _, figure in figures)
    return [f"{line}  {reason}".rstrip() for line, reason in zip(aligned(rows), reasons, strict=True)]


def main_table(signals: Sequence[Scored]) -> list[str]:
    """The main metrics of every signal, each with its interval on the line below."""
    rows = [["  signal", "n", *MAIN.values()]]
    for signal in signals:
        figures = [signal.figures.get(name) for name in MAIN]
        rows.append([f"  {signal.name}", f"{signal.n:,}", *map(value, figures)])
        between = [interval(figure, 2) if figure else "" for figure in figures]
        if any(between):
            rows.append(["", "", *between])
    return aligned(rows)


def alignment_table(pairs: Sequence[Aligned]) -> list[str]:
    """Spearman's ρ of every expressed signal with the internal one."""
    rows = [["  signal", "n", "Spearman ρ", ""]]
    rows += [[f"  {pair.expressed}", f"{pair.n:,}", value(pair.rho), interval(pair.rho)] for pair in pairs]
    lines = aligned(rows)
    reasons = ["", *(pair.rho.missing for pair in pairs)]
    with_reasons = [f"{line}  {reason}".rstrip() for line, reason in zip(lines, reasons, strict=True)]
    return [f"  alignment with {pairs[0].internal}", *with_reasons]


def marker_lines(cmfg: Mapping[str, Estimate], stability: Mapping[str, Mapping[str, Estimate]]) -> list[str]:
    """cMFG and the stability metrics, each with its value or the reason; a reason shared by a whole form appears once."""
    forms = {
        "cMFG": cmfg,
        f"stability of MIC (with self_consistency as conf), {OVER}": stability["mic"],
        f"stability of accuracy, {OVER}": stability["accuracy"],
        f"stability of accuracy as the authors' code computes it, {OVER}": stability["accuracy_published"],
    }
    lines = []
    for title, form in forms.items():
        reasons = {figure.missing for figure in form.values()}
        if len(reasons) == 1 and "" not in reasons:
            lines.append(f"  markers, {title}: – ({reasons.pop()})")
            continue
        widest = max(map(len, form))
        lines.append(f"  markers, {title}")
        lines += [
            f"    {name:<{widest}}  {cell(figure, absent=f'– ({figure.missing})')}"
            for name, figure in form.items()
        ]
    return lines


def left_out(counts: Mapping[str, int]) -> list[str]:
    """What is left out of the figures; empty if nothing is."""
    texts = {
        "failed": "{:,} ended in an error",
        "ungraded": "{:,} not graded",
        "without_confidence": "{:,} without confidence",
        "cut_lines": "the last line, which was cut off",
    }
    parts = [text.format(counts[name]) for name, text in texts.items() if counts.get(name)]
    return [f"  left out: {'; '.join(parts)}"] if parts else []


def without(signal: Scored) -> list[str]:
    """Why answers lack a signal."""
    return [f"  answers without it: {count:,} ({reason})" for reason, count in signal.missing.most_common()]


def footnote(draws: int, seed: int, *, paired: bool = False) -> list[str]:
    """What the brackets mean, for figures or, if ``paired``, for differences."""
    if not draws:
        return []
    head = f"95 % bootstrap intervals over questions, {draws:,} resamples, seed {seed}"
    if paired:
        return [
            "",
            f"Intervals and p of differences: {head}; percentile.",
            "A difference that is the same in every resample has none, and neither does one over fewer "
            f"than {FEWEST} questions. {BIAS}",
        ]
    basic = ", ".join(metric.name for metric in BY_NAME.values() if metric.basic)
    return [
        "",
        f"In brackets: {head}; percentile, basic for",
        f"{basic}. Exact if all answers are correct or all are wrong; otherwise a figure that is the same in",
        f"every resample has none, and neither does one over fewer than {FEWEST} answers. {BIAS}",
    ]


def difference_rows(differences: Mapping[str, Difference], first: str, second: str) -> list[list[str]]:
    """A head and one row per metric: title, first, second, difference, interval, p."""
    rows = [["", first, second, "difference", "95 % interval", "p"]]
    for name, difference in differences.items():
        digits = 1 if BY_NAME[name].points else 3
        values = [
            "–" if value is None else number(value, digits)
            for value in (difference.first, difference.second, difference.value)
        ]
        between = ""
        if difference.low is not None and difference.high is not None:
            between = f"[{number(difference.low, digits)}, {number(difference.high, digits)}]"
        rows.append([BY_NAME[name].title, *values, between, p_value(difference.p)])
    return rows


def difference_lines(differences: Mapping[str, Difference], first: str, second: str) -> list[str]:
    """The table for a terminal, with reasons for missing values."""
    rows = [[f"  {title}", *rest] for title, *rest in difference_rows(differences, first, second)]
    reasons = ["", *(difference.missing for difference in differences.values())]
    return [f"{line}  {reason}".rstrip() for line, reason in zip(aligned(rows), reasons, strict=True)]

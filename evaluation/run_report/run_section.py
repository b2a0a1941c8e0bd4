"""The section of one run in a report: metrics of the signals, calibration, ranking, alignment, markers, cost, answers."""

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from evaluation.metrics import BY_NAME, METRICS, Estimate, accuracy, resampled
from evaluation.metrics import bins as filled_bins
from evaluation.metrics.bootstrap import FEWEST
from evaluation.metrics.calibration.bins import BINS
from evaluation.metrics.calibration.inverse_pairs import BIAS
from evaluation.reports.parts import Part, Plot, Plots, Section, Table
from evaluation.reports.reliability import reliability_diagram
from evaluation.reports.risk_coverage import risk_coverage_curve, risks_at
from evaluation.reports.tables import cell, number, two_lines
from evaluation.run_report.alignment_scatter import alignment_scatter
from evaluation.run_report.marker_tables import marker_parts
from evaluation.run_report.overconfident import overconfident
from evaluation.runs.reader import Run
from evaluation.scoring.costs import signal_cost, whole_cost
from evaluation.scoring.signal_scores import TITLES, VERBAL, Aligned, Scored, alignments, score_run

# Columns of the first table. ECE, IPR and evenness are shown together: a constant confidence has all three at 0.
MAIN = {
    "auroc": "AUROC ↑", "ece": "ECE ↓", "ipr": "IPR ↓", "confidence_evenness": "Evenness ↑", "brier": "Brier ↓",
    "aurc": "AURC ↓",
}  # fmt: skip
PLAIN = (
    "AUROC: probability that a correct answer has a higher confidence than a wrong one. ECE: mean gap between confidence "
    "and accuracy over ten equal-width bins. IPR: share of bin pairs where the more confident bin is less accurate. "
    "Evenness: how evenly confidences spread over the ten bins. "
    "ρ: Spearman correlation with {internal}. ↑ higher is better, ↓ lower is better."
)

NO_CONFIDENCE = "No graded answer has a confidence."


@dataclass(frozen=True, slots=True)
class ScoredRun:
    """A run with its metrics, shared by several tables of a report."""

    run: Run
    signals: Sequence[Scored]
    alignment: Sequence[Aligned]
    accuracy: Estimate
    draws: int
    seed: int


def score_whole(run: Run, draws: int, seed: int, names: Sequence[str] = ()) -> ScoredRun:
    """Every figure of a run, or of the signals named."""
    right = [float(bool(record.correct)) for record in run.graded]
    share = resampled(
        lambda i: accuracy([0.5] * len(i), [right[k] for k in i]), len(right), draws, seed, share=True
    )
    pairs = [
        alignment for alignment in alignments(run, draws, seed) if not names or alignment.expressed in names
    ]
    return ScoredRun(run, score_run(run, draws, seed, names), pairs, share, draws, seed)


def run_section(scored: ScoredRun, title: str, overconfident_by: str = "") -> Section:
    """The section of one run; raises BadFile if the run lacks the signal to sort answers by."""
    run = scored.run
    there = [signal for signal in scored.signals if signal.n]
    parts: list[Part] = [
        main_table(scored),
        Table("All metrics", metric_rows(there, [metric.name for metric in METRICS]), missing_notes(there), folded=True),
        *absent_table(scored.signals),
        Plots("Reliability", [_reliability(signal) for signal in there], (
            "Dots: accuracy against mean confidence in each tenth of the scale, with 95 % Wilson intervals. The line to "
            "the diagonal is the calibration gap; below the diagonal, answers are overconfident. Bars: number of answers.",
        ), NO_CONFIDENCE),
        Table("Accuracy in each tenth of confidence, and answers", reliability_rows(there), folded=True),
        Plots("Risk and coverage", [_risk(signal) for signal in there], (
            "Share of wrong answers if only the most confident are shown. Dashed: random order. Grey: the best possible "
            "order. The area between the curve and the grey line is E-AURC.",
        ), NO_CONFIDENCE),
        Table("Share of wrong answers among the most confident", risk_rows(there), folded=True),
    ]  # fmt: skip
    parts += _alignment(scored)
    parts += marker_parts(run, scored.draws, scored.seed)
    parts += [
        cost_table(run, [signal.name for signal in scored.signals]),
        overconfident(run, overconfident_by),
    ]
    return Section(title, parts, facts(scored))


def facts(scored: ScoredRun) -> list[tuple[str, str]]:
    """What was run, and which answers count."""
    run, header = scored.run, scored.run.header
    entries = [
        ("model", run.model or "not named"),
        ("model file", _short_hash(header.get("model_sha256"))),
        ("engine", str(header.get("engine") or "")),
        ("questions", str(header.get("questions") or "")),
        ("run", ", ".join(f"{key} {header[key]}" for key in ("seed", "machine", "date") if header.get(key) is not None)),
        ("records", f"{run.path.name}, sha256 {hashlib.sha256(run.path.read_bytes()).hexdigest()[:16]}…"),
        ("graded answers", f"{len(run.graded):,}"),
        ("accuracy", cell(scored.accuracy)),
        ("left out", "; ".join(_left_out(run))),
    ]  # fmt: skip
    return [(name, text) for name, text in entries if text]


def _short_hash(value: object) -> str:
    return f"sha256 {value[:16]}…" if isinstance(value, str) and value else ""


def _left_out(run: Run) -> list[str]:
    notes = [f"{len(run.failed):,} ended in an error"] if run.failed else []
    reasons = Counter(record.ungraded or "no reason given" for record in run.ungraded)
    notes += [f"{count:,} not graded ({reason})" for reason, count in reasons.most_common(3)]
    rest = sum(count for _, count in reasons.most_common()[3:])
    notes += [f"{rest:,} not graded for other reasons"] if rest else []
    return notes + (["the last line, which was cut off"] if run.cut else [])


def main_table(scored: ScoredRun) -> Table:
    """Signals × main metrics with intervals."""
    rho = {pair.expressed: pair.rho for pair in scored.alignment}
    rows = [["signal", "n", *MAIN.values(), "ρ ↑"]]
    for signal in scored.signals:
        figures = [two_lines(signal.figures.get(name)) for name in MAIN]
        rows.append([label(signal.name), f"{signal.n:,}", *figures, two_lines(rho.get(signal.name))])
    internal = scored.alignment[0].internal if scored.alignment else "the internal confidence"
    between = (
        f"In brackets: 95 % bootstrap intervals, {scored.draws:,} resamples of the questions; none for fewer than {FEWEST} "
        "answers, or for a figure that is the same in every resample."
        if scored.draws
        else ""
    )
    notes = (PLAIN.format(internal=internal), between, BIAS, *missing_notes(scored.signals, list(MAIN)))
    return Table("Signals", rows, tuple(note for note in notes if note))


def absent_table(signals: Sequence[Scored]) -> list[Part]:
    """Why graded answers lack a signal; empty if none does."""
    rows = [
        [signal.name, f"{count:,}", reason]
        for signal in signals
        for reason, count in signal.missing.most_common()
    ]
    return (
        [Table("Graded answers without a signal", [["signal", "answers", "why"], *rows], folded=True)]
        if rows
        else []
    )


def label(name: str) -> str:
    """A signal as people read it, with its name."""
    return f"{TITLES[name]}\n{name}" if name in TITLES else name


def metric_rows(signals: Sequence[Scored], names: Sequence[str]) -> list[list[str]]:
    """Metrics × signals with intervals."""
    rows = [["metric", *(signal.name for signal in signals)]]
    for name in names:
        metric = BY_NAME[name]
        digits = 1 if metric.points else 3
        arrow = {"higher": " ↑", "lower": " ↓"}.get(metric.better, "")
        rows.append([metric.title + arrow, *(two_lines(signal.figures[name], digits) for signal in signals)])
    return rows


def missing_notes(signals: Sequence[Scored], names: Sequence[str] = ()) -> tuple[str, ...]:
    """Why figures are missing, each reason once."""
    places_by_reason: dict[str, list[str]] = {}
    for signal in signals:
        for name, figure in signal.figures.items():
            if figure.missing and (not names or name in names):
                places_by_reason.setdefault(figure.missing, []).append(f"{signal.name} {name}")
    return tuple(f"– {', '.join(places)}: {reason}." for reason, places in places_by_reason.items())


def _reliability(signal: Scored) -> Plot:
    tenths = filled_bins(signal.confidence, signal.correct)
    svg = reliability_diagram(f"Reliability diagram of {signal.name}", tenths)
    return Plot(label(signal.name), f"ECE {cell(signal.figures['ece'])}", svg)


def _risk(signal: Scored) -> Plot:
    svg = risk_coverage_curve(signal.name, signal.confidence, signal.correct)
    return Plot(label(signal.name), f"AURC {cell(signal.figures['aurc'])}", svg)


def reliability_rows(signals: Sequence[Scored]) -> list[list[str]]:
    """Signals × tenths: accuracy and count."""
    rows = [["signal", *(f"{place / BINS:.1f}–{(place + 1) / BINS:.1f}" for place in range(BINS))]]
    for signal in signals:
        full = {
            round(a.low * BINS): f"{number(a.accuracy, 2)}\n({a.n:,})"
            for a in filled_bins(signal.confidence, signal.correct)
        }
        rows.append([signal.name, *(full.get(place, "–") for place in range(BINS))])
    return rows


def risk_rows(signals: Sequence[Scored]) -> list[list[str]]:
    """Signals × coverages."""
    rows = []
    for signal in signals:
        coverages, risks = risks_at(signal.confidence, signal.correct)
        rows.append([signal.name, *(number(risk) for risk in risks)])
    return [["signal", *(f"top {at:.0%}" for at in coverages)], *rows] if rows else [["signal"]]


def _alignment(scored: ScoredRun) -> list[Part]:
    drawn = [pair for pair in scored.alignment if pair.expressed in VERBAL]
    if not drawn:
        return []
    plots = [
        Plot(label(pair.expressed), f"ρ {cell(pair.rho, absent=pair.rho.missing)}", alignment_scatter(pair))
        for pair in drawn
    ]
    return [Plots("Alignment of expressed with internal confidence", plots, (
        f"x: {drawn[0].internal}. y: expressed confidence. Filled: correct; hollow: wrong. The bars along the sides "
        "count the answers.",
    ))]  # fmt: skip


def cost_table(run: Run, names: Sequence[str]) -> Table:
    """The cost of each signal per question, and of the whole run."""
    rows = [["signal", "model calls", "tokens generated", "characters sent"]]
    for name in names:
        cost = signal_cost(run.records, name)
        amounts = (cost.calls, cost.new_tokens, cost.characters)
        rows.append(
            [
                label(name),
                *("–" if amount is None else number(amount, 1 if amount else 0) for amount in amounts),
            ]
        )
    whole = whole_cost(run.records)
    titles = {"calls": "calls", "prompt_tokens": "prompt tokens", "cached_tokens": "of them from the prefix cache",
            "new_tokens": "tokens generated", "seconds": "seconds of model time"}  # fmt: skip
    sums = ", ".join(
        f"{number(value, 1)} {titles[name]}" for name, value in whole.items() if value is not None
    )
    notes = ("Means per question, without the answer itself. Signals that read the same probe or samples share the cost, "
             "which is listed for each of them. “–” means not recorded.", f"Whole run, per question: {sums}.")  # fmt: skip
    return Table("Cost", rows, notes)

"""Builds the report of a study: participants, every measure by condition, inter-rater agreement."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evaluation.metrics import bins
from evaluation.reports.parts import Part, Plot, Plots, Report, Section, Table
from evaluation.reports.reliability import reliability_diagram
from evaluation.reports.tables import two_lines
from study.analysis.estimates import NO_CONDITION, Condition, by_condition
from study.analysis.interval_drawing import intervals
from study.analysis.measures import ACCURACY, CONFIDENCE, MEASURES, RELIANCE, TIME
from study.analysis.report_raters import raters_section
from study.analysis.stated_scale import with_scale
from study.analysis.trials import sure, why_no_probability
from study.design.confidence_scale import WORDS
from study.design.flows import flow_of_row
from study.design.parts import Meaning
from study.tables.tidy_files import BadData
from study.tables.trial_row import TrialRow

Row = Mapping[str, Any]

LEADS = {
    RELIANCE: "How often people relied on the AI answers, and on which ones.",
    ACCURACY: "How often people were right, before and after they saw the AI answer.",
    CONFIDENCE: "How confident people were in their final answers or decisions, and how well that matched their accuracy.",
    TIME: "How long the trials took.",
}
BETTER = {"higher": " ↑", "lower": " ↓", "zero": " → 0", "": ""}


@dataclass(frozen=True, slots=True)
class Choice:
    """Which trials to analyse."""

    everyone: bool = False  # include people who did not finish
    failed_checks: int | None = None  # maximum of failed attention checks; None: no limit
    reference: str = ""  # condition the others are compared with; "": the one without displays
    scale: Meaning | None = None  # what the ends of the confidence scale mean; None: what the data say


def chosen(rows: Sequence[Row], choice: Choice) -> tuple[list[Row], Counter[str]]:
    """The trials to analyse, and how many were left out for each reason (the first that applies)."""
    kept, left_out = [], Counter[str]()
    for row in rows:
        failed = row["checks_failed"] or 0
        if row["practice"]:
            left_out["practice"] += 1
        elif not choice.everyone and row["status"] != "completed":
            left_out[f"people who did not finish ({row['status']})"] += 1
        elif choice.failed_checks is not None and failed > choice.failed_checks:
            left_out[f"people who failed more than {choice.failed_checks} attention checks"] += 1
        else:
            kept.append(row)
    return kept, left_out


def conditions(rows: Sequence[Row], reference: str = "") -> tuple[str, ...]:
    """The conditions of the trials: the reference first, then by number of displays, then by name.

    Raises BadData if the reference is not a condition.
    """
    shows = {
        row["condition"] or NO_CONDITION: len((row["shows"] or "").split("+")) * bool(row["shows"])
        for row in rows
    }
    if reference and reference not in shows:
        raise BadData(f"There is no condition {reference}; the conditions are {', '.join(sorted(shows))}.")
    return tuple(sorted(shows, key=lambda name: (name != reference, shows[name], name)))


def study_report(
    rows: Sequence[Row], choice: Choice, *, draws: int, seed: int, title: str = "", command: str = ""
) -> Report:
    """Build the report from the rows of the trials table."""
    if choice.scale:
        rows = [with_scale(row, choice.scale) for row in rows]
    kept, left_out = chosen(rows, choice)
    people = len({row["participant"] for row in kept})
    studies = sorted({row["study"] for row in rows})
    sections = [_who(rows, kept, left_out)]
    decided = [TrialRow(**row) for row in kept if not flow_of_row(row["flow"]).raters]
    if decided:
        names = conditions(kept, choice.reference)
        results = by_condition(decided, names, draws=draws, seed=seed)
        sections += [
            section
            for group in (RELIANCE, ACCURACY, CONFIDENCE, TIME)
            if (section := _group(group, results, scale_facts(kept) if group == CONFIDENCE else ()))
        ]
        if calibration := _calibration(decided, names):
            sections.append(calibration)
        sections.append(_not_measured(results))
    labelled = [row for row in kept if flow_of_row(row["flow"]).raters]
    if labelled:
        sections.append(raters_section(labelled, draws, seed))
    foot = (
        f"Intervals are 95 % bootstrap intervals ({draws:,} resamples, seed {seed}), over participants with all their"
        " trials, or over items for agreement. A share of 0 or 1 has the exact interval for as many independent"
        " observations as there are participants (or items). Any other value that is the same in every resample has no"
        " interval; neither do values from fewer than ten participants (or items)."
        if draws
        else "Intervals were switched off.",
        *([f"Generated by {command}"] if command else []),
    )
    lead = f"{people:,} participants and {len(kept):,} trials were analysed."
    return Report(
        title or f"Study {', '.join(studies)}", lead, [section for section in sections if section], foot
    )


def _who(rows: Sequence[Row], kept: Sequence[Row], left_out: Mapping[str, int]) -> Section:
    facts = [
        ("design file", ", ".join(sorted({f"sha256 {row['design_sha256'][:16]}…" for row in rows})) or "–"),
        ("task", ", ".join(sorted({row["flow"] for row in rows})) or "–"),
        *((f"left out: {why}", f"{n:,} trials") for why, n in left_out.items()),
    ]
    head = ["condition", "participants", "trials", "AI right", "timed out"]
    table = [head]
    for name in conditions(kept):
        there = [row for row in kept if (row["condition"] or NO_CONDITION) == name]
        graded = [row["ai_correct"] for row in there if row["ai_correct"] is not None]
        table.append(
            [
                name,
                f"{len({row['participant'] for row in there}):,}",
                f"{len(there):,}",
                f"{sum(graded):,} of {len(graded):,}",
                f"{sum(bool(row['timed_out']) for row in there):,}",
            ]
        )
    return Section("Participants", [Table("Conditions", table)], facts)


def scale_facts(rows: Sequence[Row]) -> list[tuple[str, str]]:
    """How the confidence scales were converted to P(right), and how many final confidences could not be."""
    trials = [TrialRow(**row) for row in rows if not flow_of_row(row["flow"]).raters]
    asked = [trial for trial in trials if sure(trial, "final").place is not None]
    scales = Counter((trial.confidence_scale, trial.scale_low, trial.scale_high) for trial in asked)
    facts = [
        (f"scale {low:g} to {high:g}", f"{what}: {WORDS[what]}")
        for what, low, high in scales
        if what is not None
    ]
    why = Counter(reason for trial in asked if (reason := why_no_probability(trial)))
    return facts + [
        ("left out of people’s calibration", f"{n:,} of {len(asked):,} final confidences: {reason}")
        for reason, n in why.most_common()
    ]


def _group(group: str, results: Sequence[Condition], facts: Sequence[tuple[str, str]] = ()) -> Section | None:
    there = [
        measure
        for measure in MEASURES
        if measure.group == group
        and any(result.figures[measure.name].value is not None for result in results)
    ]
    if not there:
        return None
    plots = [
        Plot(
            f"{measure.title}{BETTER[measure.better]}",
            measure.says,
            intervals(measure, [(result.name, result.figures[measure.name]) for result in results]),
        )
        for measure in there
    ]
    head = ["", *(result.name for result in results)]
    figures = [
        [
            f"{measure.title}{BETTER[measure.better]}",
            *(two_lines(result.figures[measure.name], measure.digits) for result in results),
        ]
        for measure in there
    ]
    parts: list[Part] = [
        Plots("", plots, wide=True),
        Table(
            f"{group} by condition, as a table", [head, *figures], ("Brackets: 95 % interval.",), folded=True
        ),
    ]
    if len(results) > 1:
        later = results[1:]
        rows = [
            [
                measure.title,
                *(two_lines(result.differences[measure.name], measure.digits) for result in later),
            ]
            for measure in there
        ]
        note = "An interval that excludes 0 suggests a difference. With this many intervals, some exclude 0 by chance."
        parts.append(
            Table(
                f"Difference from “{results[0].name}”",
                [["", *(result.name for result in later)], *rows],
                (note,),
            )
        )
    return Section(group, parts, facts, LEADS[group])


def _calibration(rows: Sequence[TrialRow], names: Sequence[str]) -> Section | None:
    """How often people were right at each level of confidence, by condition."""
    plots = []
    table = [["condition", "confidence", "trials", "mean confidence", "share right"]]
    for name in names:
        answers = [
            (confidence, row.outcome_correct)
            for row in rows
            if (row.condition or NO_CONDITION) == name
            and row.outcome_correct is not None
            and (confidence := sure(row, "final").confidence) is not None
        ]
        if not answers:
            continue
        tenths = bins([confidence for confidence, _ in answers], [right for _, right in answers])
        # No Wilson intervals: the answers of one person depend on each other.
        svg = reliability_diagram(
            f"Calibration of people, {name}", tenths, share="share right", counted="trials", wilson=False
        )
        plots.append(Plot(name, f"{len(answers):,} final answers with a confidence", svg))
        table += [
            [
                name,
                f"{tenth.low:.1f}–{tenth.high:.1f}",
                f"{tenth.n:,}",
                f"{tenth.confidence:.2f}",
                f"{tenth.accuracy:.2f}",
            ]
            for tenth in tenths
        ]
    if not plots:
        return None
    lead = (
        "Each dot covers the final answers in one tenth of the confidence scale, as P(right). Below the diagonal, people "
        "were overconfident."
    )
    parts: list[Part] = [
        Plots("", plots, wide=True),
        Table("Calibration as a table", table, folded=True),
    ]
    return Section("Calibration of people", parts, lead=lead)


def _not_measured(results: Sequence[Condition]) -> Section:
    meant = [["measure", "meaning"], *([measure.title, measure.says] for measure in MEASURES)]
    tables = [Table("What each measure means", meant, folded=True)]
    absent = [
        [measure.title, result.name, result.figures[measure.name].missing]
        for measure in MEASURES
        for result in results
        if result.figures[measure.name].value is None
    ]
    if absent:
        rows = [["measure", "condition", "reason"], *absent]
        tables.append(
            Table(f"{len(absent)} values that cannot be computed from these data", rows, folded=True)
        )
    return Section("How to read the measures", tables)

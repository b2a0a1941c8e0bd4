"""What is lost when a consistency check stops early, from full runs: its first samples, and the chains it would ask."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from chains.pipeline.early_stopping import LONGEST, settled, stops, unfollowed
from chains.progress import SLOW, tracked
from estimators import choose
from estimators.parsing.candidates import candidates
from estimators.types import Evidence, FidelityChain
from evaluation.metrics import BY_NAME, paired_differences
from evaluation.reports.tables import ABSENT, number
from evaluation.reproductions.ownership import change
from evaluation.reproductions.run_files import Source
from evaluation.runs.record import Record
from evaluation.scoring.costs import chain_calls
from files.errors import BadFile

SIGNALS = ("self_consistency", "semantic_entropy", "uf")
METRICS = ("auroc", "ece")


def stopped_early(evidence: Evidence) -> Evidence:
    """The evidence as a check that stops early would have left it.

    The groups are those of all samples, as far as these were drawn. A chain is read up to where it would have stopped,
    which is exact for a question with options; the chains of a free question depend on all of its groups.
    """
    for drawn in range(1, len(evidence.samples) + 1):
        early = _first(evidence, drawn)
        if stops([len(group) for group in early.groups]):
            break
    return replace(early, chains=_chains(early, {chain.labels[0]: chain for chain in evidence.chains}))


def _first(evidence: Evidence, drawn: int) -> Evidence:
    """The evidence with its first samples only."""
    groups: list[tuple[int, ...]] = []
    shown = None
    for place, group in enumerate(evidence.groups):
        if within := tuple(sample for sample in group if sample < drawn):
            shown = len(groups) if place == evidence.shown_group else shown
            groups.append(within)
    return replace(evidence, samples=evidence.samples[:drawn], groups=tuple(groups), shown_group=shown)


def _chains(early: Evidence, full: dict[str, FidelityChain]) -> tuple[FidelityChain, ...]:
    if not early.options:
        return ()
    listed = candidates(early)
    shown = next((candidate.label for candidate in listed if candidate.shown), None)
    left = unfollowed({candidate.label: candidate.share for candidate in listed}, len(early.options), shown)
    followed = (full.get(candidate.label) for candidate in listed if candidate.label not in left)
    return (*(_shorter(chain) for chain in followed if chain is not None), *left.values())


def _shorter(chain: FidelityChain) -> FidelityChain:
    labels = chain.labels[:LONGEST]
    return chain if len(labels) == len(chain.labels) else FidelityChain(labels, settled(labels), "settled")


def _calls(evidence: Evidence) -> int:
    """The calls of samples and chains."""
    letters = len(evidence.options) or len(evidence.groups) + 1
    return len(evidence.samples) + sum(chain_calls(chain, letters) for chain in evidence.chains)


def early_rows(sources: Sequence[Source], draws: int) -> list[list[str]]:
    """Each signal of samples, from all of them and stopped early, on the graded answers that have both.

    Raises BadFile if no run has samples.
    """
    rows = [["model and data set", "signal", "answers", *(
        f"{BY_NAME[name].title}, {column}" for name in METRICS for column in ("early", "all", "difference")
    )]]  # fmt: skip
    for source in tracked(sources, "replaying", "runs", after=SLOW):
        pairs = _pairs(source)
        for name, estimator in zip(SIGNALS, choose(SIGNALS), strict=True):
            early, full, right = [], [], []
            for record, (before, after) in pairs:
                first, second = estimator(before).confidence, estimator(after).confidence
                if first is not None and second is not None:
                    early.append(first)
                    full.append(second)
                    right.append(float(bool(record.correct)))
            if right:
                found = paired_differences(
                    (early, right), (full, right), [BY_NAME[metric] for metric in METRICS], draws=draws
                )
                cells = [
                    cell
                    for metric in METRICS
                    for cell in (
                        _cell(found[metric].first),
                        _cell(found[metric].second),
                        change(found[metric]),
                    )
                ]
                rows.append([f"{source.run.model}, {source.data_or_file}", name, f"{len(right):,}", *cells])
    if len(rows) == 1:
        raise BadFile("no run has graded answers with samples: run it with --samples 10.")
    return rows


def cost_rows(sources: Sequence[Source]) -> list[list[str]]:
    """The means of samples and calls, with all samples and stopped early, over the questions with options or without."""
    rows = [
        [
            "model and data set",
            "questions",
            "answers",
            "samples, early",
            "samples, all",
            "calls, early",
            "calls, all",
        ]
    ]
    for source in sources:
        for kind, options in (("with options", True), ("free", False)):
            pairs = [pair for _, pair in _pairs(source) if bool(pair[1].options) is options]
            if pairs:
                samples = [[len(evidence.samples) for evidence in pair] for pair in pairs]
                calls = [[_calls(evidence) for evidence in pair] for pair in pairs]
                means = [*np.mean(samples, axis=0), *np.mean(calls, axis=0)]
                cells = [f"{mean:.1f}" for mean in means]
                rows.append(
                    [
                        f"{source.run.model}, {source.data_or_file}",
                        kind,
                        f"{len(pairs):,}",
                        *cells[:2],
                        *(cells[2:] if options else [ABSENT] * 2),
                    ]
                )
    return rows


def _pairs(source: Source) -> list[tuple[Record, tuple[Evidence, Evidence]]]:
    """The graded records with groups of samples, each with its evidence stopped early and whole."""
    graded = [
        record for record in source.run.graded if record.assessment and record.assessment.evidence.groups
    ]
    evidence = [record.assessment.evidence for record in graded if record.assessment]
    return [(record, (stopped_early(whole), whole)) for record, whole in zip(graded, evidence, strict=True)]


def _cell(value: float | None) -> str:
    return ABSENT if value is None else number(value)

"""Plaut, Nguyen & Trinh (2024), arXiv 2402.13213: our figures next to the published ones, as tables."""

from collections.abc import Mapping

from evaluation.reports.tables import number, p_value
from evaluation.reproductions.msp_authors import ScoreName, Withholding
from evaluation.reproductions.msp_figures import Abstaining, Reproduced
from evaluation.reproductions.msp_results import PUBLISHED


def ranking_rows(models: Mapping[str, Reproduced]) -> list[list[str]]:
    """Accuracy, AUROC and calibration error next to the published figures."""
    rows = [["model", "n", "accuracy", "published", "AUROC MSP", "published", "AUROC max logit", "published",
             "calibration error, by cell", "pooled", "published"]]  # fmt: skip
    for name, figures in models.items():
        was = PUBLISHED[name]
        rows.append([was.title, f"{figures.n:,}",
                     _percent(figures, "accuracy"), f"{was.accuracy:.1f}",
                     _percent(figures, "auroc_msp"), f"{was.auroc_msp:.1f}",
                     _percent(figures, "auroc_logit"), "–" if was.auroc_logit is None else f"{was.auroc_logit:.1f}",
                     number(figures.calibration_error),
                     number(figures.pooled_calibration_error), number(was.calibration_error, 2)])  # fmt: skip
    return rows


def _percent(figures: Reproduced, name: str) -> str:
    value = getattr(figures, name)
    if value is None:
        return "–"
    if name not in figures.intervals:
        return f"{value:.1f}"
    low, high = figures.intervals[name]
    return f"{value:.1f} [{low:.1f}, {high:.1f}]"


def authors_rows(
    models: Mapping[str, Reproduced], results: Mapping[str, Mapping[str, Withholding]], score: ScoreName
) -> list[list[str]]:
    """Score and share withheld with the authors' choice of labels next to the published ones; for MSP also our mean.

    ``results``: by penalty ("balanced", "conservative") and model.
    """
    title = "MSP" if score == "msp" else "max logit"
    means = ["mean of choices"] if score == "msp" else []
    rows = [["model", "penalty", "never abstaining", "published", f"abstaining by {title}", "published", *means,
             "withheld, %", "published"]]  # fmt: skip
    for place, (penalty, by_model) in enumerate(results.items()):
        for name, ours in by_model.items():
            was = PUBLISHED[name]
            published = was.withholding(score, place)
            mean = [number(getattr(models[name], penalty).mean, 1)] if score == "msp" else []
            figures = (ours.never, getattr(was, penalty), ours.score, published.score)
            shares = (ours.withheld, published.withheld)
            rows.append([
                was.title, penalty, *(number(figure, 1) for figure in figures), *mean,
                *(number(share, 1) for share in shares),
            ])  # fmt: skip
    return rows


def abstention_rows(models: Mapping[str, Reproduced], score: str) -> list[list[str]]:
    """The balanced or the conservative score next to the published one; a mean more than 3 points away has a dagger."""
    rows = [["model", f"{score}, never abstaining", "published", "abstaining", "single choices", "published"]]
    for name, figures in models.items():
        was = PUBLISHED[name]
        both = getattr(was, score), getattr(was, f"{score}_abstaining")
        rows.append([was.title, *_scores(getattr(figures, score), *both)])
    return rows


def _scores(ours: Abstaining, never: float, published: float) -> list[str]:
    far = " †" if ours.differs(published) else ""
    values = (ours.never, never, ours.mean, published)
    shown, base, mean, was, low, high = (number(value, 1) for value in (*values, *ours.range))
    return [shown, base, mean + far, f"{low} to {high}", was]


def far_lines(models: Mapping[str, Reproduced]) -> list[str]:
    """Notes on means more than 3 points away."""
    lines = []
    for name, figures in models.items():
        for score in ("balanced", "conservative"):
            ours, published = getattr(figures, score), getattr(PUBLISHED[name], f"{score}_abstaining")
            if ours.differs(published):
                lines.append(
                    f"† {PUBLISHED[name].title}, {score}: {ours.beyond(published):.1%} of {ours.single.size:,} single "
                    f"choices score {number(published, 1)} or lie further from the mean."
                )
    return lines


def finding_lines(finding: Mapping[str, Mapping[str, float]]) -> list[str]:
    """The main finding as lines of text."""
    published = {"auroc": "r = 0.96, p < 0.001", "calibration_error": "r = 0.41, p = 0.36"}
    titles = {"auroc": "AUROC", "calibration_error": "calibration error"}
    return [
        f"Across models, accuracy correlates with {titles[name]} at r = {correlation['r']:.2f}, "
        f"p {_sign(correlation['p'])} "
        f"(published: {published[name]})."
        for name, correlation in finding.items()
    ]


def _sign(p: float) -> str:
    text = p_value(p)
    return text if text.startswith("<") else f"= {text}"

"""Before and after, on the training task and on unseen questions: figures, plots and a report."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from chains.engines.embedded import embedded_sha256
from evaluation.metrics.calibration.inverse_pairs import BIAS
from evaluation.reports.tables import ABSENT, markdown, number
from files.atomic import write_text
from training.data.reader import TrainingQuestion, read_training_questions, shuffled
from training.data.replies import StatedReply, replies_to
from training.data.rows import read_rows
from training.errors import TrainingStopped
from training.policy import Policy, load_policy
from training.results.drawings import draw
from training.results.metrics import METRICS, Judgement, differences, judge, shown
from training.settings import with_model_named
from training.trainers.monitor import BINS

COLLAPSED = (
    "**{model_name}: collapsed.** Nearly every reply states the same confidence, so ECE only measures how far that "
    "number is from the accuracy, and the confidence ranks nothing."
)
Answered = dict[str, tuple[StatedReply, ...]]  # replies by model: before, after


def evaluate(
    model: str, adapters: Mapping[str, str | None], files: Mapping[str, Path], out: Path, *,
    n: int, fitting: int, batch: int, seed: int, draws: int, device: str | None = None, dtype: str | None = None,
) -> str:  # fmt: skip
    """Ask every model every question and return the report; ``adapters`` and ``files`` are keyed by their names in it.

    ``fitting`` questions of each file are used only to fit the temperature. Questions that an adapter was trained on
    are left out. Raises CredenceError.
    """
    out.mkdir(parents=True, exist_ok=True)
    used = {text for adapter in adapters.values() if adapter for text in trained_on(Path(adapter))}
    asked = {name: _drawn(path, used, n + fitting, seed) for name, path in files.items()}
    answered: dict[str, Answered] = {name: {} for name in files}
    for model_name, adapter in adapters.items():
        policy: Policy | None = None  # loaded only if a reply is missing
        for name, questions in asked.items():
            path = out / f"replies-{model_name}-{name}.jsonl"
            _same_source(path, model, adapter)
            done = {row["id"] for row in read_rows(path)}
            if policy is None and any(question.id not in done for question in questions):
                policy = load_policy(model, adapter=adapter, device=device, dtype=dtype)
                policy.model.eval()
            answered[name][model_name] = (
                replies_to(policy, questions, path, batch) if policy else _kept(path, questions)
            )
    parts = ["# Stated confidence before and after training", "", f"Model `{model}`.", ""]
    record: dict[str, Any] = {"model": model, "adapters": dict(adapters), "files": {}}
    for name, replies_by_model in answered.items():
        judgements = {
            model_name: judge(replies[fitting:], replies[:fitting], draws)
            for model_name, replies in replies_by_model.items()
        }
        changes = {
            model_name: differences(replies_by_model["before"][fitting:], replies[fitting:], draws)
            for model_name, replies in replies_by_model.items() if model_name != "before"
        }  # fmt: skip
        drawn = draw(
            {model_name: replies[fitting:] for model_name, replies in replies_by_model.items()}, out, name
        )
        parts += section(name, judgements, changes, drawn, len(asked[name]) - fitting, fitting)
        record["files"][name] = {
            "questions": str(files[name].name), "fitting": fitting, "changes": changes,
            "judged": {model_name: asdict(judgement) for model_name, judgement in judgements.items()},
        }  # fmt: skip
    text = "\n".join([*parts, ""])
    write_text(out / "evaluation.json", json.dumps(record, indent=1, ensure_ascii=False) + "\n")
    write_text(out / "report.md", text)
    return text


def trained_on(adapter: Path) -> set[str]:
    """The questions of an adapter's run and of the run it started from, as asked."""
    questions = {str(row["question"]) for row in read_rows(adapter / "answers.jsonl")}
    settings = adapter / "settings.json"
    if settings.exists() and (start := json.loads(settings.read_text(encoding="utf-8")).get("adapter")):
        questions |= trained_on(Path(start))
    return questions


def section(
    name: str, judgements: Mapping[str, Judgement], changes: Mapping[str, Mapping[str, Any]], pictures: Sequence[Path],
    n: int, fitting: int,
) -> list[str]:  # fmt: skip
    """The report's section on one question file, as lines of Markdown."""
    lines = [f"## {name}", "", f"{n} questions; {fitting} others for fitting the temperature. {BIAS}", ""]
    lines += markdown(_figure_rows(judgements))
    lines += ["", "How often each confidence was stated:", "", *markdown(_histogram_rows(judgements))]
    for model_name, judgement in judgements.items():
        if judgement.collapsed:
            lines += ["", COLLAPSED.format(model_name=model_name)]
    for model_name, change in changes.items():
        lines += [
            "",
            f"{model_name} minus before, on the {change.get('n', 0)} questions graded in both, with a confidence:",
            "",
        ]
        for metric in METRICS:
            lines.append(f"- {metric.title}: {_change(change.get(metric.name))}")
    if len(changes) > 1:
        lines += ["", f"Over the {len(changes)} trained models, mean (lowest to highest):", ""]
        lines += [f"- {metric.title}: {_spread(metric.name, judgements, changes)}" for metric in METRICS]
    lines += ["", *(f"![{picture.stem}]({picture.name})" for picture in pictures), ""]
    return lines


def _figure_rows(judgements: Mapping[str, Judgement]) -> list[list[str]]:
    """Figures × models."""
    judged = judgements.values()
    scaled = [shown(judgement.scaled["ece"]) if judgement.scaled else ABSENT for judgement in judged]
    return [
        ["", *judgements],
        ["questions", *(str(judgement.n) for judgement in judged)],
        ["gradable answers", *(str(judgement.graded) for judgement in judged)],
        ["replies that state a confidence", *(f"{judgement.parsable:.1%}" for judgement in judged)],
        ["accuracy of all gradable answers", *(shown(judgement.accuracy_all) for judgement in judged)],
        *(
            [
                metric.title,
                *(
                    shown(judgement.figures[metric.name]) if judgement.figures else ABSENT
                    for judgement in judged
                ),
            ]
            for metric in METRICS
        ),
        ["temperature fitted on other questions", *(_number(judgement.temperature) for judgement in judged)],
        ["ECE, 11 bins, with that temperature", *scaled],
    ]


def _histogram_rows(judgements: Mapping[str, Judgement]) -> list[list[str]]:
    """Models × stated confidences."""
    counts = [[name, *map(str, judgement.histogram)] for name, judgement in judgements.items()]
    return [["", *map(str, range(BINS))], *counts]


def _change(change: Any) -> str:
    if not isinstance(change, dict) or change["difference"] is None:
        return "– (no figure on one side)" if change else "– (no such questions)"
    interval = change["interval"]
    if not interval:
        return f"{change['difference']:+.3f} ({change['missing']})"
    between = f" [{interval[0]:+.3f}, {interval[1]:+.3f}], p = {change['p']:.3f}"
    return f"{change['difference']:+.3f}{between}"


def _spread(metric: str, judgements: Mapping[str, Judgement], trained: Iterable[str]) -> str:
    """Mean and range of a figure over several trained models.

    >>> from evaluation.metrics import Estimate
    >>> models = {name: Judgement(9, 9, 1, Estimate(x), {"ece": Estimate(x)}, (), False, None, {}) for name, x in
    ...           (("a", 0.1), ("b", 0.2))}
    >>> _spread("ece", models, "ab")
    '0.150 (0.100 to 0.200)'
    """
    figures = [judgements[model].figures.get(metric) for model in trained]
    values = [figure.value for figure in figures if figure is not None and figure.value is not None]
    if len(values) < len(figures):
        return f"– (no figure for {len(figures) - len(values)} of them)"
    return f"{sum(values) / len(values):.3f} ({min(values):.3f} to {max(values):.3f})"


def _number(value: float | None) -> str:
    return ABSENT if value is None else number(value, 2)


def _drawn(path: Path, used: set[str], n: int, seed: int) -> list[TrainingQuestion]:
    fresh = [question for question in read_training_questions(path) if question.text not in used]
    if not fresh:
        raise TrainingStopped(f"Every question of {path} was used in training: evaluate on others.")
    return shuffled(fresh, seed)[:n]


def _kept(path: Path, questions: Sequence[TrainingQuestion]) -> tuple[StatedReply, ...]:
    by_id = {row["id"]: StatedReply.from_row(row) for row in read_rows(path)}
    return tuple(by_id[question.id] for question in questions)


def _same_source(path: Path, model: str, adapter: str | None) -> None:
    """Record which model gave the replies, or check it. Raises TrainingStopped."""
    from chains.model_files import file_sha256
    from training.trainers.checkpoints import WEIGHTS

    weights = Path(adapter) / WEIGHTS if adapter else None
    source = {
        "model": model,
        "model_sha256": embedded_sha256(model),
        "weights_sha256": file_sha256(weights) if weights and weights.exists() else adapter,
    }
    note = path.with_suffix(".source.json")
    kept = with_model_named(json.loads(note.read_text(encoding="utf-8"))) if note.exists() else source
    if {"model_sha256": None, **kept} != source:
        raise TrainingStopped(f"{path} contains the replies of another model or adapter: use another --out.")
    write_text(note, json.dumps(source) + "\n")

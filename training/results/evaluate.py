"""Before and after on the training task and on unseen questions: figures, drawings, a report."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from chains.whole_files import write_whole
from evaluation.metrics.calibration.inverse_pairs import BIAS
from training.data.reader import TrainingQuestion, read_training_questions, shuffled
from training.data.replies import StatedReply, replies_to
from training.data.rows import read_rows
from training.errors import TrainingStopped
from training.policy import Policy, load_policy
from training.results.drawings import draw
from training.results.metrics import METRICS, Judgement, differences, judge, shown

COLLAPSED = (
    "**{which}: collapsed.** Nearly every reply states the same confidence, so its ECE says only how far that one "
    "number lies from the accuracy; it tells no answers apart."
)
Answered = dict[str, tuple[StatedReply, ...]]  # replies by model: before, after


def evaluate(
    model: str, adapters: Mapping[str, str | None], files: Mapping[str, Path], out: Path, *,
    n: int, fitting: int, batch: int, seed: int, draws: int, device: str | None = None, dtype: str | None = None,
) -> str:  # fmt: skip
    """Ask every model every question; ``adapters`` and ``files`` by their names in the report, which is returned.

    ``fitting`` questions of each file fit the temperature and are judged by nothing else. Questions that an adapter
    was trained on are left out. Raises CredenceError.
    """
    out.mkdir(parents=True, exist_ok=True)
    used = {text for adapter in adapters.values() if adapter for text in trained_on(Path(adapter))}
    asked = {name: _drawn(path, used, n + fitting, seed) for name, path in files.items()}
    answered: dict[str, Answered] = {name: {} for name in files}
    for which, adapter in adapters.items():
        policy: Policy | None = None  # opened where a reply is missing
        for name, questions in asked.items():
            path = out / f"replies-{which}-{name}.jsonl"
            _same_source(path, model, adapter)
            done = {row["id"] for row in read_rows(path)}
            if policy is None and any(question.id not in done for question in questions):
                policy = load_policy(model, adapter=adapter, device=device, dtype=dtype)
                policy.model.eval()
            answered[name][which] = (
                replies_to(policy, questions, path, batch) if policy else _kept(path, questions)
            )
    parts = ["# Stated confidence before and after training", "", f"Model `{model}`.", ""]
    record: dict[str, Any] = {"model": model, "adapters": dict(adapters), "files": {}}
    for name, by_model in answered.items():
        judged = {which: judge(found[fitting:], found[:fitting], draws) for which, found in by_model.items()}
        changes = {
            which: differences(by_model["before"][fitting:], found[fitting:], draws)
            for which, found in by_model.items() if which != "before"
        }  # fmt: skip
        drawn = draw({which: found[fitting:] for which, found in by_model.items()}, out, name)
        parts += section(name, judged, changes, drawn, len(asked[name]) - fitting, fitting)
        record["files"][name] = {
            "questions": str(files[name].name), "fitting": fitting, "changes": changes,
            "judged": {which: _plain(found) for which, found in judged.items()},
        }  # fmt: skip
    text = "\n".join([*parts, ""])
    write_whole(out / "evaluation.json", json.dumps(record, indent=1, ensure_ascii=False) + "\n")
    write_whole(out / "report.md", text)
    return text


def trained_on(adapter: Path) -> set[str]:
    """The questions of an adapter's run and of the run that it began from, as they were asked."""
    found = {str(row["question"]) for row in read_rows(adapter / "answers.jsonl")}
    settings = adapter / "settings.json"
    if settings.exists() and (start := json.loads(settings.read_text(encoding="utf-8")).get("adapter")):
        found |= trained_on(Path(start))
    return found


def section(
    name: str, judged: Mapping[str, Judgement], changes: Mapping[str, Mapping[str, Any]], drawn: Sequence[Path],
    n: int, fitting: int,
) -> list[str]:  # fmt: skip
    """The part of the report on one question file, as lines of Markdown."""
    columns = list(judged)
    rows = [
        ["questions", *(f"{one.n}" for one in judged.values())],
        ["gradable answers", *(f"{one.graded}" for one in judged.values())],
        ["replies that state a confidence", *(f"{one.parsable:.1%}" for one in judged.values())],
        ["accuracy of all gradable answers", *(shown(one.accuracy_all) for one in judged.values())],
    ]
    for metric in METRICS:
        cells = [shown(one.figures[metric.name]) if one.figures else "–" for one in judged.values()]
        rows.append([metric.title, *cells])
    rows.append(
        ["temperature fitted on the other slice", *(_number(one.temperature) for one in judged.values())]
    )
    rows.append(["ECE, 11 bins, with that temperature", *(
        shown(one.scaled["ece"]) if one.scaled else "–" for one in judged.values())])  # fmt: skip
    lines = [f"## {name}", "", f"{n} questions; {fitting} others fitted the temperature. {BIAS}", ""]
    lines += ["| | " + " | ".join(columns) + " |", "|---|" + "---|" * len(columns)]
    lines += ["| " + " | ".join(row) + " |" for row in rows]
    lines += [
        "",
        "How often each confidence was stated:",
        "",
        "| | " + " | ".join(map(str, range(11))) + " |",
    ]
    lines += ["|---|" + "---|" * 11]
    lines += [f"| {which} | " + " | ".join(map(str, one.histogram)) + " |" for which, one in judged.items()]
    for which, one in judged.items():
        if one.collapsed:
            lines += ["", COLLAPSED.format(which=which)]
    for which, change in changes.items():
        lines += [
            "",
            f"{which} minus before, on the {change.get('n', 0)} questions that both graded with a confidence:",
            "",
        ]
        for metric in METRICS:
            lines.append(f"- {metric.title}: {_change(change.get(metric.name))}")
    if len(changes) > 1:
        lines += ["", f"Over the {len(changes)} trained models, mean (lowest to highest):", ""]
        lines += [f"- {metric.title}: {_spread(metric.name, judged, changes)}" for metric in METRICS]
    lines += ["", *(f"![{one.stem}]({one.name})" for one in drawn), ""]
    return lines


def _change(found: Any) -> str:
    if not isinstance(found, dict) or found["difference"] is None:
        return "– (no figure on one side)" if found else "– (no such questions)"
    low_high = found["interval"]
    if not low_high:
        return f"{found['difference']:+.3f} ({found['missing']})"
    between = f" [{low_high[0]:+.3f}, {low_high[1]:+.3f}], p = {found['p']:.3f}"
    return f"{found['difference']:+.3f}{between}"


def _spread(metric: str, judged: Mapping[str, Judgement], trained: Iterable[str]) -> str:
    """A figure over several trained models.

    >>> from evaluation.metrics import Figure
    >>> models = {name: Judgement(9, 9, 1, Figure(x), {"ece": Figure(x)}, (), False, None, {}) for name, x in
    ...           (("a", 0.1), ("b", 0.2))}
    >>> _spread("ece", models, "ab")
    '0.150 (0.100 to 0.200)'
    """
    figures = [judged[one].figures.get(metric) for one in trained]
    values = [figure.value for figure in figures if figure is not None and figure.value is not None]
    if len(values) < len(figures):
        return f"– (no figure for {len(figures) - len(values)} of them)"
    return f"{sum(values) / len(values):.3f} ({min(values):.3f} to {max(values):.3f})"


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"


def _plain(judged: Judgement) -> dict[str, Any]:
    return asdict(judged)


def _drawn(path: Path, used: set[str], n: int, seed: int) -> list[TrainingQuestion]:
    fresh = [question for question in read_training_questions(path) if question.text not in used]
    if not fresh:
        raise TrainingStopped(f"Every question of {path} was trained on: evaluate on others.")
    return shuffled(fresh, seed)[:n]


def _kept(path: Path, questions: Sequence[TrainingQuestion]) -> tuple[StatedReply, ...]:
    by_id = {row["id"]: StatedReply.from_row(row) for row in read_rows(path)}
    return tuple(by_id[question.id] for question in questions)


def _same_source(path: Path, model: str, adapter: str | None) -> None:
    """Note beside the replies which model they are of, or check it. Raises TrainingStopped."""
    from chains.model_files import file_sha256
    from training.trainers.checkpoints import WEIGHTS

    weights = Path(adapter) / WEIGHTS if adapter else None
    source = {
        "model": model,
        "weights_sha256": file_sha256(weights) if weights and weights.exists() else adapter,
    }
    note = path.with_suffix(".source.json")
    if note.exists() and json.loads(note.read_text(encoding="utf-8")) != source:
        raise TrainingStopped(f"{path} holds the replies of another model or adapter: choose another --out.")
    write_whole(note, json.dumps(source) + "\n")

"""Are lm-polygraph's estimates better than Credence's signals?

    python -m evaluation run --model tiny --engine transformers --draw 160 --out RUN --signals \\
        sequence_probability,minimum_probability,mean_entropy,msp,p_ic,p_true_own,p_true_third
    python -m benchmarks.peers.quality RUN --scores FILE [--markdown]

lm-polygraph, in an environment of its own, answers the questions of RUN greedily with the same weights and scores its
answers; FILE keeps what it says, and the same command resumes. Only questions that both answered in the same words are
compared. The first table says how equal are the quantities that should be; the others compare AUROC, for questions with
options and without.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from pydantic import ValidationError

from benchmarks.peers.agreement import COUNTERPART, TOLERANCE, equality_rows, pairs_of, quality_rows, unequal
from benchmarks.peers.child import SCORED, Scored
from benchmarks.peers.packages import LM_POLYGRAPH, opened_package
from chains.command_line import at_least
from chains.engines.embedded import embedded_path, spec_of
from chains.errors import CredenceError
from chains.progress import tracked
from evaluation.metrics.bootstrap import DRAWS
from evaluation.reports.tables import aligned, markdown
from evaluation.reproductions.run_files import Source, read_sources, source_rows
from evaluation.reproductions.signals.benchmark import cells
from evaluation.runs.record import Record
from files.append_only import open_to_append
from files.errors import BadFile
from files.json_lines import first_fault, numbered_objects

NOTE = (
    "lm-polygraph counts the token that ends an answer, Credence does not. MaximumSequenceProbability is the sum of the "
    "log-probabilities, Perplexity their mean; Credence's sequence probability is the exponential of the mean. "
    "lm-polygraph's entropy is over the whole vocabulary, Credence's over 20 alternatives with the rest as one more, which "
    "makes it smaller, and it is divided by ln 21. PTrue is the log-probability of “True” in a prompt of its own; "
    "Credence's P(True) is the share of True among True and False in another one. lm-polygraph writes at least two "
    "tokens, so an answer of one token has other words there. Estimators that need samples, attention maps or another "
    "model are not among these. ρ: Spearman's, between both sides. Difference: lm-polygraph minus Credence, paired. "
    "Brackets: 95 % bootstrap interval over questions."
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Score what is not scored yet, then print the tables; returns the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.peers.quality", description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    parser.add_argument("run", type=Path, metavar="RUN")
    parser.add_argument("--scores", type=Path, required=True, help="file for what lm-polygraph says (.jsonl)")
    parser.add_argument("--only-scored", action="store_true", help="ask nothing more, print what is there")
    parser.add_argument("--markdown", action="store_true", help="print Markdown tables")
    parser.add_argument(
        "--intervals",
        type=at_least(0),
        default=DRAWS,
        help="bootstrap resamples for the intervals, 0 for none",
    )
    args = parser.parse_args(arguments)
    try:
        source = read_sources([args.run])[0]
        if not args.only_scored:
            score_missing(source, args.scores)
        print(report(source, read_scores(args.scores), args.intervals, args.markdown))
    except CredenceError as error:
        print(f"credence: {error}", file=sys.stderr)
        return 1
    return 0


def score_missing(source: Source, path: Path) -> None:
    """Let lm-polygraph answer and score every graded question that the file does not have yet; raises CredenceError."""
    there = read_scores(path) if path.is_file() else {}
    asked = [record for record in source.run.graded if record.assessment and record.id not in there]
    if not asked:
        return
    settings = {
        "file": embedded_path(_spec(source)), "tokens": int(source.run.header.get("settings", {})["max_tokens"]),
        "estimators": tuple(COUNTERPART), "everything": False,
    }  # fmt: skip
    with open_to_append(path) as file, opened_package(LM_POLYGRAPH, settings) as package:
        for record in tracked(asked, package.name, "questions"):
            scored = SCORED.dump_python(package.scored(_text(record)), mode="json")
            file.add({"id": record.id, "package": package.name, **scored})


def _spec(source: Source) -> str:
    """The model that answered in the run; raises BadFile if its weights are not those of an embedded model."""
    header = source.run.header
    spec = spec_of(header.get("model_sha256"))
    if spec is None or header.get("engine") != "transformers":
        raise BadFile(
            f"{source.run.path} was not answered by a built-in model on transformers, so lm-polygraph cannot use the "
            "same weights. Make a run with --model tiny --engine transformers."
        )
    return spec


def _text(record: Record) -> str:
    assert record.assessment is not None
    return record.assessment.evidence.question.text


def read_scores(path: Path) -> dict[str, Scored]:
    """What lm-polygraph says of each question, by the id of its record; raises BadFile naming the line."""
    scores = {}
    for number, row in numbered_objects(path):
        try:
            name = str(row.pop("id"))
            row.pop("package")
            scores[name] = SCORED.validate_python(row)
        except KeyError as error:
            raise BadFile(f"{path}, line {number}: it has no field {error}.") from None
        except ValidationError as error:
            raise BadFile(f"{path}, line {number}: {first_fault(error)}.") from None
    return scores


def report(source: Source, scores: dict[str, Scored], draws: int, as_markdown: bool) -> str:
    """All tables as text; raises BadFile if no question was answered in the same words."""
    lay_out = markdown if as_markdown else aligned
    heading = "### " if as_markdown else ""
    records = [record for record in source.run.graded if record.id in scores]
    pairs = pairs_of(records, scores)
    if not pairs:
        raise BadFile(f"{source.run.path}: lm-polygraph answered none of its questions in the same words.")
    lines = [*lay_out(source_rows([source], draws)), ""]
    lines += [f"{len(pairs):,} of {len(records):,} answers are the same to the last character.", ""]
    lines += [f"{heading}How equal: lm-polygraph minus Credence, in nats", "", *lay_out(equality_rows(pairs))]
    apart = unequal(pairs)
    lines += [
        "",
        f"Log-probabilities of the same words that differ by more than {TOLERANCE:g} nats: {len(apart)}.",
    ]
    lines += [f"They are those of {', '.join(apart)}."] if apart else []
    for cell in cells([source]):
        ids = {record.id for record in cell.records}
        within = [pair for pair in pairs if pair.record.id in ids]
        lines += ["", f"{heading}Side by side: {cell.title}", "", *lay_out(quality_rows(cell, within, draws))]
    return "\n".join([*lines, "", NOTE])


if __name__ == "__main__":
    sys.exit(main())

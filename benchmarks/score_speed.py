"""Does scoring a million answers take less than ten seconds, and how much of that is reading?

    python -m benchmarks.score_speed

Times the command `python -m evaluation score FILE --intervals 0`, and for comparison pandas and scikit-learn, which
read the same file and compute only the AUROC.
"""

import datetime
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from chains.progress import tracked

ROWS = 1_000_000
TIMES = 3
YARDSTICK = (
    "import sys, pandas; from sklearn.metrics import roc_auc_score; "
    "data = pandas.read_csv(sys.argv[1]); print(roc_auc_score(data.correct, data.confidence))"
)


def write_answers(path: Path, rows: int = ROWS) -> None:
    """A CSV of calibrated answers with nine decimals."""
    rng = np.random.default_rng(0)
    confidence = rng.beta(4, 2, rows)
    correct = rng.random(rows) < confidence
    np.savetxt(
        path, np.column_stack([confidence, correct]), fmt=["%.9f", "%d"], delimiter=",",
        header="confidence,correct", comments="",
    )  # fmt: skip


def seconds(command: list[str]) -> float:
    """Median time of the complete process."""
    taken = []
    for _ in tracked(range(TIMES), "timing", "runs"):
        start = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True)
        taken.append(time.perf_counter() - start)
    return statistics.median(taken)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "answers.csv"
        write_answers(file)
        scoring = [sys.executable, "-m", "evaluation", "score", str(file), "--intervals", "0", "--json"]
        ours = seconds(scoring)
        theirs = seconds([sys.executable, "-c", YARDSTICK, str(file)])
    print(f"score, {ROWS:,} rows, all metrics: {ours:.1f} s (median of {TIMES})")
    print(f"pandas.read_csv and sklearn's roc_auc_score alone: {theirs:.1f} s; ratio {ours / theirs:.1f}")
    print(f"{platform.machine()}, {os.cpu_count()} processors, {datetime.date.today()}")


if __name__ == "__main__":
    main()

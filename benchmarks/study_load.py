"""Fifty simultaneous participants in a study of twelve trials over HTTP: is every answer in the export exactly once?

``python -m benchmarks.study_load [--people 50] [--trials 12] [--postgresql]``. The server runs in its own process,
started with ``python -m study serve``; participants are threads that talk to it like the page, with three client events
per answer. Finally ``python -m study export`` is compared with the acknowledged answers.
"""

import argparse
import contextlib
import csv
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from benchmarks._simulated_people import Acknowledged, Person, Server, machine, make_study, tally
from chains.command_line import positive
from chains.progress import tracked
from tests.postgres import Postgres
from tests.study.studies import design_text


def main(arguments: list[str] | None = None) -> int:
    """Run it and print the figures; returns 1 if an answer is missing, doubled or changed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--people", type=positive, default=50)
    parser.add_argument("--trials", type=positive, default=12)
    parser.add_argument("--postgresql", action="store_true", help="use a temporary PostgreSQL server")
    args = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="credence-load-") as name, contextlib.ExitStack() as stack:
        folder = Path(name)
        environ = {"CREDENCE_DATA": str(folder / "data")}
        if args.postgresql:
            server = Postgres(durable=True)
            stack.callback(server.close)
            environ["CREDENCE_STUDY_DATABASE"] = server.url()
        return run(folder, args.people, args.trials, environ)


def run(folder: Path, people: int, trials: int, environ: dict[str, str]) -> int:
    """The measurement in a folder."""
    design = make_study(folder, design_text(more=f"participants: {people}", count=trials))
    server = Server(design, environ)
    server.start()
    try:
        start = time.monotonic()
        crowd = [Person(server.url, {"PROLIFIC_PID": f"p{number}"}, number) for number in range(people)]
        for person in crowd:
            person.start()
        for person in tracked(crowd, "waiting for people", "people"):
            person.join()
        seconds = time.monotonic() - start
    finally:
        server.stop()
    for person in crowd:
        if person.error:
            print(f"a participant failed: {person.error}")
    acknowledged = [answer for person in crowd for answer in person.acknowledged]
    store = server.store()
    result = tally(store, acknowledged)
    conditions = Counter(row.condition for row in store.participants("small"))
    store.close()
    wrong = exported_wrongly(server, folder / "export", acknowledged)
    finished = sum(person.code == "DONE1" for person in crowd)
    waits = sorted(wait for person in crowd for wait in person.waits)
    # consent, an own and a final answer per trial, debriefing
    expected = people * (2 * trials + 2)
    longest, median, late = waits[-1], waits[len(waits) // 2], waits[int(len(waits) * 0.99)]
    print(
        f"{finished} of {people} people finished {trials} trials each, all at once, in {seconds:.1f} s; "
        f"{dict(conditions)}\n"
        f"answers: {expected} expected, {result.acknowledged} acknowledged, {result.stored} stored, {result.lost} lost, "
        f"{result.doubled} doubled\n"
        f"export: {wrong} of {people * trials} trial rows missing, doubled or different\n"
        f"an answer took {1000 * median:.0f} ms (median), {1000 * late:.0f} ms (99th percentile), {1000 * longest:.0f} ms "
        f"(longest), n = {len(waits)}; {len(acknowledged) / seconds:.0f} answers a second\n"
        f"{'PostgreSQL' if 'CREDENCE_STUDY_DATABASE' in environ else 'SQLite'}; {machine()}"
    )
    good = (
        finished == people and result.whole and result.stored == result.acknowledged == expected and not wrong
    )
    return 0 if good else 1


def exported_wrongly(server: Server, out: Path, acknowledged: Sequence[Acknowledged]) -> int:
    """How many trials are not in the export exactly once with the acknowledged final answer."""
    subprocess.run(
        [sys.executable, "-m", "study", "export", str(server.design), "--out", str(out)],
        env=server.environ, check=True, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    acknowledged_by_trial = {
        (answer.participant, int(answer.screen[6:8])): (
            answer.values["answer"],
            float(answer.values["confidence"]),
        )
        for answer in acknowledged
        if answer.screen.endswith(".final")
    }
    with (out / "trials.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["practice"] != "1"]
    exported = Counter((row["participant"], int(row["trial"])) for row in rows)
    values = {
        (row["participant"], int(row["trial"])): (row["final_answer"], float(row["final_slider"]))
        for row in rows
    }
    wrong = 0
    for key, (answer, confidence) in acknowledged_by_trial.items():
        same = exported[key] == 1 and values[key][0] == answer and abs(values[key][1] - confidence) < 1e-6
        wrong += not same
    return wrong + len(set(exported) - set(acknowledged_by_trial))


if __name__ == "__main__":
    sys.exit(main())

"""kill -9 at random moments: is any acknowledged answer lost?

``python -m benchmarks.study_kill [--server 25] [--writer 75] [--people 20] [--postgresql]``. ``--server`` is how
often the server process (``python -m study serve``) is killed and restarted while people answer over HTTP; they resend
their pending submissions. ``--writer`` is how often a process that stores answers from four threads is killed; an answer
counts as acknowledged once the process has written it to a pipe. ``--postgresql`` stores the data in a PostgreSQL
server, which is crashed every second time instead of ours.
"""

import argparse
import contextlib
import json
import multiprocessing
import os
import random
import signal
import sqlite3
import sys
import tempfile
import threading
import time
import uuid
from pathlib import Path

from benchmarks._simulated_people import (
    Acknowledged,
    Person,
    Server,
    Tally,
    any_values,
    machine,
    make_study,
    tally,
)
from chains.command_line import at_least
from chains.progress import tracked
from study.design.reader import read_design
from study.design.stimuli import read_stimuli
from study.session.service import Study
from study.store.database import open_store
from tests.postgres import Postgres
from tests.study.studies import design_text

MOST = 40  # maximum answers before a kill
THREADS = 4


def main(arguments: list[str] | None = None) -> int:
    """Run it and print the figures; returns 1 if an acknowledged answer is lost or stored twice."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--server", type=at_least(0), default=25, help="kills of the server process (default: 25)"
    )
    parser.add_argument(
        "--writer",
        type=at_least(0),
        default=75,
        help="kills of a process that only stores answers (default: 75)",
    )
    parser.add_argument(
        "--people", type=at_least(1), default=20, help="simultaneous participants (default: 20)"
    )
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--fresh", action="store_true", help="start a new interpreter for each server: slower"
    )
    parser.add_argument("--postgresql", action="store_true", help="use a temporary PostgreSQL server")
    args = parser.parse_args(arguments)
    chance = random.Random(args.seed)
    good = True
    with tempfile.TemporaryDirectory(prefix="credence-kill-") as name, contextlib.ExitStack() as stack:
        postgres = None
        if args.postgresql:
            postgres = Postgres(durable=True)
            stack.callback(postgres.close)
        if args.writer:
            url = postgres.url() if postgres else f"sqlite:///{name}/writer.sqlite"
            design = make_study(Path(name) / "writer", design_text())
            result = kill_writer(design, url, args.writer, chance)
            print(f"{args.writer} kills of a storing process: {_summary(result)}")
            good &= result.whole and result.acknowledged > 0
        if args.server:
            environ = {"CREDENCE_DATA": f"{name}/data"}
            if postgres:
                environ["CREDENCE_STUDY_DATABASE"] = postgres.url()
            design = make_study(Path(name) / "server", design_text(count=12))
            result, description = kill_server(
                Server(design, environ, ready_made=not args.fresh),
                args.server,
                args.people,
                chance,
                postgres,
            )
            print(f"{description}: {_summary(result)}")
            good &= result.whole and result.acknowledged > 0
    print(f"{'PostgreSQL' if args.postgresql else 'SQLite'}, seed {args.seed}; {machine()}")
    return 0 if good else 1


def _summary(result: Tally) -> str:
    return (
        f"{result.acknowledged} answers acknowledged, {result.lost} of them lost, {result.doubled} stored twice "
        f"({result.stored} stored)"
    )


def kill_server(
    server: Server, kills: int, people: int, chance: random.Random, postgres: Postgres | None = None
) -> tuple[Tally, str]:
    """Kill the server repeatedly under load; then let everyone finish."""
    acknowledged: list[Acknowledged] = []
    crowd: list[Person] = []
    errors: list[str] = []
    number, crashes = 0, 0
    flights: list[int] = []  # requests in flight at each kill

    def fill() -> None:
        """Replace people who have finished, to keep up the load."""
        nonlocal number
        for person in [person for person in crowd if not person.is_alive()]:
            crowd.remove(person)
            acknowledged.extend(person.acknowledged)
            errors.extend([person.error] if person.error else [])
        while len(crowd) < people:
            crowd.append(Person(server.url, {"PROLIFIC_PID": f"p{number}"}, number, think=0.05))
            crowd[-1].start()
            number += 1

    def answered() -> int:
        return len(acknowledged) + sum(len(person.acknowledged) for person in crowd)

    server.start()
    try:
        for kill in tracked(range(kills), "killing the server", "kills"):
            fill()
            # Counted, not timed, so a slow machine is under load as well.
            goal = answered() + chance.randint(1, MOST)
            while answered() < goal:
                time.sleep(0.005)
                fill()
            time.sleep(chance.uniform(0.0, 0.1))
            flights.append(sum(person.busy for person in crowd))
            if postgres is not None and kill % 2:
                postgres.stop("immediate")
                postgres.start()
                crashes += 1
            else:
                server.kill()
                server.start()
        for person in crowd:
            person.join(900)
            acknowledged.extend(person.acknowledged)
            errors.extend([person.error] if person.error else [])
            errors.extend(["did not finish"] if person.is_alive() else [])
    finally:
        for person in crowd:
            person.stop.set()
        server.stop()
    if errors:
        raise RuntimeError(f"{len(errors)} people failed: {errors[0]}")
    store = server.store()
    result = tally(store, acknowledged)
    store.close()
    description = f"{kills - crashes} kills of the server process"
    description += f" and {crashes} crashes of the database" if crashes else ""
    description += f" under load ({people} people at once, {number} in total, all finished"
    return result, f"{description}; {min(flights)} to {max(flights)} requests in flight at each)"


def kill_writer(design: Path, url: str, kills: int, chance: random.Random) -> Tally:
    """Repeatedly kill a process that stores answers as fast as it can in the same database."""
    acknowledged: list[Acknowledged] = []
    context = multiprocessing.get_context("fork")
    open_store(url).close()
    for _ in tracked(range(kills), "killing a writer", "kills"):
        reader, writer = os.pipe()
        child = context.Process(target=_store_answers, args=(design, url, writer, reader), daemon=True)
        child.start()
        os.close(writer)
        lines: list[bytes] = []
        listening = threading.Thread(target=_listen, args=(reader, lines))
        listening.start()
        goal = chance.randint(1, MOST)
        while sum(piece.count(b"\n") for piece in lines) < goal and child.is_alive():
            time.sleep(0.005)
        time.sleep(chance.uniform(0.0, 0.02))
        os.kill(child.pid or 0, signal.SIGKILL)
        child.join()
        listening.join()
        complete = b"".join(lines).split(b"\n")[:-1]  # an incomplete line was not acknowledged
        acknowledged.extend(Acknowledged(*json.loads(line)) for line in complete)
    if url.startswith("sqlite:///"):
        with contextlib.closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection:
            (verdict,) = connection.execute("PRAGMA integrity_check").fetchone()
        if verdict != "ok":
            raise RuntimeError(f"SQLite says: {verdict}")
    store = open_store(url)
    result = tally(store, acknowledged)
    store.close()
    return result


def _listen(reader: int, lines: list[bytes]) -> None:
    with os.fdopen(reader, "rb", buffering=0) as pipe:
        while piece := pipe.read(65536):
            lines.append(piece)


def _store_answers(design: Path, url: str, writer: int, reader: int) -> None:
    os.close(reader)
    file = read_design(design)
    study = Study(file, read_stimuli(file.stimuli_path), open_store(url))

    def work() -> None:
        chance = random.Random()
        while True:
            entry = study.enter({})
            screen, token = entry.screen, entry.token
            while screen.kind != "end":
                values = any_values(screen.to_json(), chance)
                answer = (screen.participant, screen.id, str(uuid.uuid4()), values)
                screen = study.answer(token, *answer)
                os.write(writer, json.dumps(answer).encode() + b"\n")  # short enough for an atomic write

    threads = [threading.Thread(target=work) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


if __name__ == "__main__":
    sys.exit(main())

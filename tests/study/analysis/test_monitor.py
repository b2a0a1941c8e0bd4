"""The progress of a study, counted alike by SQLite and PostgreSQL."""

from pathlib import Path

from pytest import approx

from study.analysis.monitor import LAST, progress
from study.store.schema import PARTICIPANTS
from study.tables.export import table_rows
from tests.study.studies import design_text, honest, running, walk

CHECK = "attention_checks:\n  - {id: c1, after: 1, question: choose alpha, options: [alpha, beta], expected: alpha}\n"
WITHIN = "assignment: within\norder: latin-square\n"


def test_both_databases_count_the_same(tmp_path: Path, url: str) -> None:
    with running(tmp_path, design_text(more=WITHIN + CHECK), url) as study:
        for _ in range(2):
            walk(study)
        walk(
            study,
            values=lambda screen: honest(screen) | ({"answer": "beta"} if screen.kind == "check" else {}),
        )
        left, screen = walk(study, until="trial-02.final")
        study.leave(left, screen.participant)
        walk(study, until="trial-01")
        finished = {"entered": "2026-01-01T00:00:00.000Z", "finished": "2026-01-01T00:07:30.000Z"}
        study.store.write(
            lambda connection: connection.execute(
                PARTICIPANTS.update().where(PARTICIPANTS.c.status == "completed").values(finished)
            )
        )
        study.store.set_recruiting("small", False)
        status = progress(study.store, "small")
        trials = list(table_rows(study.store, "small", "trials"))
    (line,) = status.conditions
    assert (line.condition, line.counts) == ("", {"active": 1, "completed": 3, "left": 1})
    assert (line.checks_passed, line.checks_failed, line.people_with_failed_checks) == (3, 1, 1)
    assert line.minutes == approx(7.5, abs=1e-3)
    assert status.statuses == ["active", "completed", "left"] and not status.open
    # within subjects everybody meets both conditions: 3 · 4 trials and the one that was finished before leaving
    assert (
        sum(trial.trials for trial in status.trials) == 13 == sum(row["ended"] is not None for row in trials)
    )
    assert [trial.condition for trial in status.trials] == ["numbers", "plain"]
    assert status.stopped_at == [("trial-02.final", 1)]
    assert [(check.screen, check.passed, check.failed) for check in status.checks] == [("check-c1", 3, 1)]
    assert len(status.recent) == LAST and status.recent[0].kind == "paused"
    assert [row.time for row in status.recent] == sorted((row.time for row in status.recent), reverse=True)


def test_a_study_that_nobody_entered_has_nothing_to_count(tmp_path: Path, url: str) -> None:
    with running(tmp_path, design_text(), url) as study:
        status = progress(study.store, "small")
    assert status.open and not status.conditions and not status.trials and not status.recent
    assert status.people("completed") == 0

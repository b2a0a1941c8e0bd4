"""Where data are kept; on a Space only where they survive, or not at all."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from huggingface_hub.errors import EntryNotFoundError, RepositoryNotFoundError

from study.errors import UnsafeStorage
from study.session.runtime import open_study
from study.store.backups import Snapshots, copy_database, restore
from study.store.location import Storage, storage
from tests.study.studies import design_text, running, walk, write_study

SPACE = {"SPACE_ID": "me/space"}


def test_by_default_it_is_a_file_beside_the_chats_labels(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert storage("s", {}) == Storage(f"sqlite:///{tmp_path}/credence-data/s.sqlite")
    assert storage("s", {"CREDENCE_DATA": "/data"}).file == Path("/data/s.sqlite")
    url = "postgresql://me@host/db"
    assert storage("s", {"CREDENCE_STUDY_DATABASE": url}) == Storage(url)
    assert storage("s", {"CREDENCE_STUDY_DATABASE": url}).file is None


def test_a_space_without_a_safe_place_refuses_and_says_why() -> None:
    with pytest.raises(UnsafeStorage) as raised:
        storage("s", SPACE)
    for word in (
        "loses its disk",
        "volume",
        "CREDENCE_STUDY_DATABASE",
        "CREDENCE_STUDY_DATASET",
        "private",
    ):
        assert word in str(raised.value)


def test_a_space_takes_a_folder_only_on_a_mounted_volume(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    environ = {**SPACE, "CREDENCE_DATA": str(tmp_path / "bucket" / "study")}
    with pytest.raises(UnsafeStorage, match="no volume is mounted there"):
        monkeypatch.setattr(os.path, "ismount", lambda path: str(path) == "/")
        storage("s", environ)
    monkeypatch.setattr(os.path, "ismount", lambda path: path in (tmp_path / "bucket", Path("/")))
    assert storage("s", environ).file == tmp_path / "bucket" / "study" / "s.sqlite"


def test_a_space_takes_a_database_or_a_private_data_set() -> None:
    url = "postgresql://me@host/db"
    assert storage("s", {**SPACE, "CREDENCE_STUDY_DATABASE": url}).url == url
    assert storage("s", {**SPACE, "CREDENCE_STUDY_DATASET": "me/answers"}).dataset == "me/answers"


@pytest.mark.parametrize(
    ("environ", "said"),
    [
        ({"CREDENCE_STUDY_DATASET": "answers"}, "owner/name"),
        (
            {"CREDENCE_STUDY_DATASET": "me/a", "CREDENCE_STUDY_DATABASE": "postgresql://h/d"},
            "Unset one of them",
        ),
    ],
)
def test_contradictions_are_reported(environ: dict[str, str], said: str) -> None:
    with pytest.raises(UnsafeStorage, match=said):
        storage("s", environ)


def test_a_study_does_not_open_on_a_space_without_a_place(tmp_path: Path) -> None:
    file, _ = write_study(tmp_path, design_text())
    with pytest.raises(UnsafeStorage), open_study(file.path, SPACE):
        raise AssertionError("it opened")
    with open_study(file.path, {"CREDENCE_DATA": str(tmp_path / "data")}) as study:
        assert study.enter({}).screen.id == "consent"
    assert (tmp_path / "data" / "small.sqlite").exists()


class Hub:
    """The Hub calls of a backup, on a local folder; tests never contact the real Hub."""

    def __init__(self, folder: Path, private: bool | None = True) -> None:
        self.folder, self.private = folder, private
        self.commits: list[list[str]] = []
        self.squashed = 0

    def repo_info(self, name: str, repo_type: str) -> Any:
        if self.private is None:
            raise RepositoryNotFoundError("404", response=SimpleNamespace(headers={}, request=None))  # type: ignore[arg-type]
        return SimpleNamespace(private=self.private)

    def create_repo(self, repo_id: str, private: bool, repo_type: str, exist_ok: bool) -> Any:
        assert private and repo_type == "dataset"
        return SimpleNamespace(repo_id=repo_id)

    def run_as_future(self, work: Any) -> Any:
        done = work()
        return SimpleNamespace(result=lambda: done)

    def create_commit(self, repo_id: str, operations: Any, **options: Any) -> str:
        for operation in operations:
            (self.folder / operation.path_in_repo).write_bytes(operation.path_or_fileobj.read())
        self.commits.append([operation.path_in_repo for operation in operations])
        return "commit"

    def super_squash_history(self, **options: Any) -> None:
        self.squashed += 1

    def hf_hub_download(self, name: str, file: str, repo_type: str) -> str:
        if not (self.folder / file).exists():
            raise EntryNotFoundError("no such file")
        return str(self.folder / file)


def test_copies_go_to_the_data_set_and_come_back(tmp_path: Path) -> None:
    (tmp_path / "hub").mkdir()
    hub = Hub(tmp_path / "hub")
    with running(tmp_path, design_text()) as study:
        walk(study, until="trial-02.own")
        copies = Snapshots(tmp_path / "study.sqlite", "me/answers", minutes=60, api=hub)
        copies.trigger()
        copies.trigger()  # nothing changed since
        assert hub.commits == [["study.sqlite"]] and hub.squashed >= 1
        walk(study, until="trial-01.own")
        copies.trigger()
        copies.stop()
        assert len(hub.commits) == 2
    fresh = tmp_path / "new disk" / "study.sqlite"
    assert restore(fresh, "me/answers", api=hub)
    with closing(sqlite3.connect(fresh)) as connection:
        assert connection.execute("SELECT count(*) FROM participants").fetchone() == (2,)
        assert connection.execute("SELECT count(*) FROM events WHERE kind = 'answer'").fetchone() == (4,)
    assert not restore(fresh, "me/answers", api=hub)  # never over what is there


def test_a_public_data_set_is_refused_and_a_new_one_is_made(tmp_path: Path) -> None:
    with pytest.raises(UnsafeStorage, match="is public"):
        restore(tmp_path / "s.sqlite", "me/answers", api=Hub(tmp_path, private=False))
    assert not restore(tmp_path / "s.sqlite", "me/answers", api=Hub(tmp_path, private=None))
    assert not restore(tmp_path / "s.sqlite", "me/answers", api=Hub(tmp_path))  # private, and empty so far


def test_an_unreachable_data_set_does_not_start_an_empty_study(tmp_path: Path) -> None:
    class Away(Hub):
        def hf_hub_download(self, *arguments: Any, **options: Any) -> str:
            raise OSError("no network")

    with pytest.raises(UnsafeStorage, match=r"cannot be reached \(no network\)"):
        restore(tmp_path / "s.sqlite", "me/answers", api=Away(tmp_path))


def test_a_copy_is_of_one_moment(tmp_path: Path) -> None:
    with running(tmp_path, design_text()) as study:
        token, screen = walk(study, until="trial-01.own")
        copy_database(tmp_path / "study.sqlite", tmp_path / "copy.sqlite")
        study.withdraw(token, screen.participant)
    with closing(sqlite3.connect(tmp_path / "copy.sqlite")) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert connection.execute("SELECT count(*) FROM events WHERE kind = 'answer'").fetchone() == (1,)

"""Backs up a SQLite database to a private data set on the Hub every few minutes."""

import hashlib
import shutil
import sqlite3
import tempfile
import threading
from contextlib import closing
from pathlib import Path
from typing import Any

from huggingface_hub import CommitScheduler, HfApi
from huggingface_hub.errors import EntryNotFoundError, HfHubHTTPError, RepositoryNotFoundError

from study.errors import UnsafeStorage

MINUTES = 2.0


class Snapshots(CommitScheduler):
    """Uploads a consistent copy of the database; history is squashed, so that withdrawn data are gone."""

    def __init__(self, database: Path, dataset: str, minutes: float = MINUTES, api: Any = None) -> None:
        self._database = database
        self._sha256 = ""
        self._turn = threading.Lock()  # one upload at a time
        folder = Path(tempfile.mkdtemp(prefix="credence-snapshot-"))
        super().__init__(
            repo_id=dataset, folder_path=folder, every=minutes, repo_type="dataset", private=True, squash_history=True,
            ignore_patterns="*.new",
            hf_api=api,
        )  # fmt: skip

    def push_to_hub(self) -> Any:
        """Copy the database, and upload the copy if it has changed."""
        with self._turn:
            copy = self.folder_path / self._database.name
            fresh = copy.with_suffix(".new")
            copy_database(self._database, fresh)
            sha256 = hashlib.sha256(fresh.read_bytes()).hexdigest()
            if sha256 == self._sha256:
                fresh.unlink()
                return None
            fresh.replace(copy)
            done = super().push_to_hub()
            self._sha256 = sha256
            return done


def copy_database(database: Path, copy: Path) -> None:
    """Make a consistent copy of a SQLite database that is in use."""
    copy.unlink(missing_ok=True)
    with (
        closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as source,
        closing(sqlite3.connect(copy)) as target,
    ):
        source.backup(target)


def restore(database: Path, dataset: str, api: Any = None) -> bool:
    """Download the last backup if there is no database yet; returns False if there is no backup.

    Raises UnsafeStorage if the data set cannot be reached or is public: a new database would overwrite the backup,
    or publish people's answers.
    """
    api = api or HfApi()
    try:
        if not api.repo_info(dataset, repo_type="dataset").private:
            raise UnsafeStorage(
                f"The data set {dataset} is public and would expose people's answers. Make it private first."
            )
    except RepositoryNotFoundError:
        return False  # it is created as private with the first backup
    except (HfHubHTTPError, OSError) as error:
        raise UnsafeStorage(_unreachable(dataset, error)) from error
    if database.exists():
        return False
    try:
        backup = api.hf_hub_download(dataset, database.name, repo_type="dataset")
    except EntryNotFoundError:
        return False
    except (HfHubHTTPError, OSError) as error:
        raise UnsafeStorage(_unreachable(dataset, error)) from error
    database.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(backup, database)
    return True


def _unreachable(dataset: str, error: Exception) -> str:
    why = (str(error).splitlines() or ["no reason given"])[0]
    return (
        f"The data set {dataset} cannot be reached ({why}). Without it the study would start empty and overwrite the "
        "backup. Check HF_TOKEN and the name."
    )

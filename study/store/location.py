"""Where a study stores its data; refuses places where the data would be lost."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from study.errors import UnsafeStorage

DATABASE, FOLDER, DATASET = "CREDENCE_STUDY_DATABASE", "CREDENCE_DATA", "CREDENCE_STUDY_DATASET"


@dataclass(frozen=True, slots=True)
class Storage:
    """A database, and optionally the private Hub data set it is backed up to."""

    url: str  # SQLAlchemy URL
    dataset: str = ""  # owner/name

    @property
    def file(self) -> Path | None:
        """The SQLite file, if the database is one."""
        return Path(self.url.removeprefix("sqlite:///")) if self.url.startswith("sqlite:///") else None


def storage(study: str, environ: Mapping[str, str] = os.environ) -> Storage:
    """Where to store the data of a study, according to the environment.

    CREDENCE_STUDY_DATABASE is a database URL; without it, the data go to STUDY.sqlite in the folder CREDENCE_DATA
    (default: credence-data). A Space loses its disk at every restart, so it needs a database URL, a folder on a
    mounted volume, or any folder together with CREDENCE_STUDY_DATASET. Raises UnsafeStorage.
    """
    dataset = environ.get(DATASET, "").strip()
    if dataset and dataset.count("/") != 1:
        raise UnsafeStorage(f"{DATASET} is {dataset!r}, but must name a data set as owner/name.")
    if url := environ.get(DATABASE, "").strip():
        if dataset and not url.startswith("sqlite"):
            raise UnsafeStorage(
                f"{DATABASE} and {DATASET} are both set, but a database server needs no backup copies. Unset one of them."
            )
        return Storage(url, dataset if url.startswith("sqlite") else "")
    folder = Path(environ.get(FOLDER, "").strip() or "credence-data").absolute()
    if "SPACE_ID" in environ and not dataset:
        if not environ.get(FOLDER, "").strip():
            raise UnsafeStorage(
                "A Space loses its disk whenever it restarts, so a study here would lose people's answers. First do one "
                f"of these in the Space's settings. Attach a storage bucket as a volume and set {FOLDER} to a folder on it; "
                f"or set {DATABASE} to the URL of a PostgreSQL database; or set {DATASET} to owner/name of a private data "
                "set, with HF_TOKEN as a secret, and the data are copied there every few minutes."
            )
        if not on_a_volume(folder):
            raise UnsafeStorage(
                f"{FOLDER} is {folder}, but no volume is mounted there, so a restart of the Space would lose people's "
                "answers. Attach a storage bucket in the Space's settings and use the path where it is mounted."
            )
    return Storage(f"sqlite:///{folder / f'{study}.sqlite'}", dataset)


def on_a_volume(folder: Path) -> bool:
    """Whether a folder is on a mounted volume other than the root file system."""
    around = [folder, *folder.parents]
    return any(os.path.ismount(parent) for parent in around if parent != Path(parent.anchor))

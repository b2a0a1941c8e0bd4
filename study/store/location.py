"""Where a study's data are kept, and the refusal to begin where they would be lost."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from study.errors import NoSafePlace

DATABASE, FOLDER, DATASET = "CREDENCE_STUDY_DATABASE", "CREDENCE_DATA", "CREDENCE_STUDY_DATASET"


@dataclass(frozen=True, slots=True)
class Storage:
    """A database, and the private data set of the hub to which it is copied, if there is one."""

    url: str  # as SQLAlchemy reads it
    dataset: str = ""  # owner/name

    @property
    def file(self) -> Path | None:
        """The SQLite file, if it is one."""
        return Path(self.url.removeprefix("sqlite:///")) if self.url.startswith("sqlite:///") else None


def storage(study: str, environ: Mapping[str, str] = os.environ) -> Storage:
    """Where the data of a study belong, as the environment says.

    CREDENCE_STUDY_DATABASE is a database URL; else the file STUDY.sqlite in the folder CREDENCE_DATA (default:
    credence-data). On a Space the disk is wiped at every restart, so there it must be a database URL, a folder on a
    mounted volume, or any folder together with CREDENCE_STUDY_DATASET. Raises NoSafePlace.
    """
    dataset = environ.get(DATASET, "").strip()
    if dataset and dataset.count("/") != 1:
        raise NoSafePlace(f"{DATASET} is {dataset!r}; it names a data set as owner/name.")
    if url := environ.get(DATABASE, "").strip():
        if dataset and not url.startswith("sqlite"):
            raise NoSafePlace(
                f"{DATABASE} and {DATASET} are both set: a database needs no copies; unset one of them."
            )
        return Storage(url, dataset if url.startswith("sqlite") else "")
    folder = Path(environ.get(FOLDER, "").strip() or "credence-data").absolute()
    if "SPACE_ID" in environ and not dataset:
        if not environ.get(FOLDER, "").strip():
            raise NoSafePlace(
                "A Space forgets its disk whenever it restarts, so a study here would lose what people answered. Give it "
                f"one of these first, in the Space's settings: a storage bucket as a volume, and {FOLDER} set to a folder "
                f"on it; or {DATABASE} set to the URL of a PostgreSQL database; or {DATASET} set to owner/name of a "
                "private data set (with HF_TOKEN as a secret), to which the data are copied every few minutes."
            )
        if not on_a_volume(folder):
            raise NoSafePlace(
                f"{FOLDER} is {folder}, but no volume is mounted there, so a restart of the Space would lose what people "
                "answered. Attach a storage bucket in the Space's settings and give the path at which it is mounted."
            )
    return Storage(f"sqlite:///{folder / f'{study}.sqlite'}", dataset)


def on_a_volume(folder: Path) -> bool:
    """Whether a folder lies on something that is mounted, other than the root of the system."""
    around = [folder, *folder.parents]
    return any(os.path.ismount(one) for one in around if one != Path(one.anchor))

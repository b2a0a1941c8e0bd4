"""Opens a running study from a design file."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from study.design.reader import read_design
from study.design.stimuli import read_stimuli, unready
from study.errors import BadDesign
from study.session.service import Study
from study.store.database import open_store
from study.store.location import storage


@contextmanager
def open_study(path: Path, environ: Mapping[str, str] = os.environ) -> Iterator[Study]:
    """Open a study on its database after checking everything; closes it at the end.

    Raises BadDesign, UnsafeStorage or StoreUnavailable; each message says what to do.
    """
    file = read_design(path)
    stimuli = read_stimuli(file.stimuli_path)
    if faults := unready(file.design, stimuli):
        raise BadDesign([f"{path}: {fault}." for fault in faults])
    place = storage(file.design.study, environ)
    snapshots = None
    if place.dataset and place.file is not None:
        from study.store.backups import Snapshots, restore

        restore(place.file, place.dataset)
    store = open_store(place.url)
    try:
        if place.dataset and place.file is not None:
            snapshots = Snapshots(place.file, place.dataset)
        yield Study(file, stimuli, store)
    finally:
        if snapshots is not None:
            snapshots.trigger().result()
            snapshots.stop()
        store.close()

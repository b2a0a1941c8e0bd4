"""A backup goes to a hub over HTTP and comes back, through `huggingface_hub` as it is."""

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from tests.hub import serving

ROOT = Path(__file__).parents[3]
BACK_UP = """
import sys
from pathlib import Path
from study.store.backups import Snapshots, restore
copies = Snapshots(Path(sys.argv[1]), "me/answers", minutes=60)
for _ in range(2):  # the second time nothing has changed
    copies.trigger().result()
copies.stop()
print(restore(Path(sys.argv[2]), "me/answers"))
"""


@pytest.mark.repository
def test_a_backup_is_committed_and_restored(tmp_path: Path) -> None:
    database, back = tmp_path / "study.sqlite", tmp_path / "new disk" / "study.sqlite"
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("CREATE TABLE answers (text TEXT)")
        connection.execute("INSERT INTO answers VALUES ('Canberra')")
    with serving() as hub:
        command = [sys.executable, "-c", BACK_UP, str(database), str(back)]
        environment = hub.environment(tmp_path / "home")
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=100)
    assert done.returncode == 0 and done.stdout.endswith("True\n"), done.stderr
    assert [(made["name"], made["type"], made["visibility"]) for made in hub.created] == [
        ("answers", "dataset", "private")
    ]
    assert list(hub.files["me/answers"]) == ["study.sqlite"] and hub.squashed >= 1
    with closing(sqlite3.connect(back)) as connection:
        assert connection.execute("SELECT text FROM answers").fetchall() == [("Canberra",)]

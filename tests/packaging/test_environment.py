"""Every entry point sets what torch reads from the environment before torch is imported, and overrides nothing."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import hatch_build

pytestmark = pytest.mark.repository

ROOT = Path(__file__).parents[2]
BENCHMARKS = sorted(file.stem for file in (ROOT / "benchmarks").glob("[!_]*.py"))
RUN = "import runpy; sys.argv = ['x', '--help']; runpy."
ENTRIES = {
    "app.py": f"{RUN}run_path('app.py', run_name='__main__')",
    **{
        name: f"{RUN}run_module('{name}', run_name='__main__')"
        for name in ("evaluation", "study", "training")
    },
    **{f"benchmarks.{name}": f"import benchmarks.{name}" for name in BENCHMARKS},
    "import credence_chat": "import credence_chat",
    "import chains": "import chains",
    "import training": "import training",
}
# Notes the policy whenever torch is asked for, and once more at the end; torch itself is not loaded.
WATCHED = """
import os, sys
class Watch:
    def find_spec(self, name, path=None, target=None):
        if name == "torch":
            seen.append(os.environ.get("OMP_WAIT_POLICY"))
            raise ModuleNotFoundError("No module named 'torch'", name="torch")
seen = []
sys.meta_path.insert(0, Watch())
try:
    {entry}
except SystemExit:
    pass
try:
    import torch
except ModuleNotFoundError:
    pass
print(*seen, file=sys.stderr)
"""


def policies(entry: str, folder: Path, **environment: str) -> set[str]:
    """The policies in force when an entry point asks for torch."""
    clean = {name: value for name, value in os.environ.items() if name != "OMP_WAIT_POLICY"}
    result = subprocess.run(
        [sys.executable, "-c", WATCHED.format(entry=entry)],
        cwd=folder,
        env=clean | environment,
        capture_output=True,
        text=True,
    )
    assert result.returncode == 0, result.stderr
    return set(result.stderr.splitlines()[-1].split())


@pytest.mark.parametrize("entry", ENTRIES.values(), ids=ENTRIES)
def test_threads_wait_without_spinning(entry: str) -> None:
    assert policies(entry, ROOT) == {"PASSIVE"}


def test_the_command_of_the_wheel_sets_it_too(tmp_path: Path) -> None:
    hatch_build.stage(ROOT, tmp_path / "credence_chat")
    entry = "from credence_chat.app import main; main(['--help'])"
    assert policies(entry, tmp_path) == {"PASSIVE"}


def test_a_policy_that_a_person_set_stays() -> None:
    assert policies("import chains", ROOT, OMP_WAIT_POLICY="ACTIVE") == {"ACTIVE"}

"""The README's commands put what git tracks onto a Space, shown with a stand-in for the Hugging Face hub."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.hub import serving

pytestmark = [pytest.mark.repository, pytest.mark.slow]

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_commands_of_the_readme_upload_what_git_tracks(tmp_path: Path) -> None:
    (block,) = re.findall(r"^```\n(git clone .*?)^```$", README, re.MULTILINE | re.DOTALL)
    clone, login, *commands = block.splitlines()
    assert login == ".venv/bin/hf auth login" and len(commands) == 2
    with serving() as hub:
        for command in (clone, *commands):
            words = shlex.split(command.replace("../credence-space", str(tmp_path / "space")))
            words[0] = words[0].replace(".venv/bin/hf", str(Path(sys.executable).with_name("hf")))
            environment = hub.environment(tmp_path / "home")
            done = subprocess.run(words, cwd=ROOT, env=environment, capture_output=True, text=True)
            assert done.returncode == 0, done.stderr
    made = hub.created[0]
    assert (made["organization"], made["name"], made["type"], made["sdk"]) == (
        "NAME", "credence", "space", "gradio"
    )  # fmt: skip
    listing = ["git", "ls-tree", "-r", "-z", "--name-only", "HEAD"]
    tracked = subprocess.run(listing, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    files = hub.files["NAME/credence"]
    assert set(files) == set(filter(None, tracked.split("\0")))
    assert files["README.md"].startswith(b"---\ntitle: Credence\n")

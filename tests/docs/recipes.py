"""Reads the recipes of docs/extending.md and applies them to a copy of the repository."""

import json
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
EXTENDING = ROOT / "docs" / "extending.md"
COPIED = (
    "chains",
    "conversations",
    "database",
    "estimators",
    "evaluation",
    "files",
    "prompts",
    "study",
    "tests",
)

_BLOCK = re.compile(r"^```(?:python|text)\n# (?P<place>.+)\n(?P<code>(?:.*\n)*?)```$", re.MULTILINE)
_PLACE = re.compile(r"new file: (?P<new>\S+)|(?P<file>\S+), (?P<how>after|before|instead of): (?P<line>.+)")


@dataclass(frozen=True)
class Block:
    """One code block of a recipe and where it goes."""

    place: str
    code: str

    @property
    def lines(self) -> int:
        return sum(bool(line.strip()) for line in self.code.splitlines())

    def apply(self, folder: Path) -> None:
        """Write the block into the copy; the line that it names must occur exactly once."""
        place = _PLACE.fullmatch(self.place)
        assert place, f"not a place: {self.place}"
        if place["new"]:
            path = folder / place["new"]
            assert not path.exists(), f"{place['new']} is no new file"
            path.write_text(self.code, encoding="utf-8")
            return
        path = folder / place["file"]
        lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
        indices = [index for index, line in enumerate(lines) if line.strip().startswith(place["line"])]
        assert len(indices) == 1, f"{place['file']} has {len(indices)} lines that start with: {place['line']}"
        start = indices[0] + (place["how"] == "after")
        end = indices[0] + (place["how"] != "before")
        lines[start:end] = [self.code]
        path.write_text("".join(lines), encoding="utf-8")


def recipe(title: str) -> list[Block]:
    """The code blocks of the section with that title."""
    text = EXTENDING.read_text(encoding="utf-8")
    section = text.split(f"\n## {title}\n", 1)[1].split("\n## ", 1)[0]
    blocks = [Block(match["place"], match["code"]) for match in _BLOCK.finditer(section)]
    assert len(blocks) == section.count("\n```\n"), "a block does not say where it goes"
    return blocks


def recipe_titles() -> list[str]:
    return re.findall(r"^## (.+)$", EXTENDING.read_text(encoding="utf-8"), re.MULTILINE)


def copy_of_the_repository(folder: Path) -> Path:
    """The packages that the recipes change, without compiled files."""
    for name in COPIED:
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    return folder


def run(folder: Path, *arguments: str) -> str:
    """What Python prints in the copy."""
    done = subprocess.run(
        [sys.executable, *arguments], cwd=folder, capture_output=True, text=True, timeout=110, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def values(folder: Path, code: str) -> object:
    """The JSON that a few lines of Python print in the copy."""
    return json.loads(run(folder, "-c", code))

"""What each extra adds on disk, in MB.

    python -m benchmarks.install_size transformers embeddings

Installs the pinned packages of the core, and of the core with each extra that is named, into environments of their own, and
adds up the sizes of the files there. Without names it measures the core alone. It needs the network.
"""

import argparse
import datetime
import platform
import re
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterable, Sequence
from pathlib import Path

ROOT = Path(__file__).parents[1]
NAME = re.compile(r"[\w.-]+")
OURS = "credence-chat"


def declared() -> dict[str, list[str]]:
    """The names of the packages of the core (under an empty name) and of each extra; extras of ours within are resolved."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras: dict[str, list[str]] = {"": project["dependencies"], **project["optional-dependencies"]}

    def resolved(lines: Iterable[str]) -> list[str]:
        names: list[str] = []
        for line in lines:
            name = NAME.match(line)
            assert name is not None
            if name[0] == OURS:
                inner = line.partition("[")[2].partition("]")[0]
                names += [other for extra in inner.split(",") for other in resolved(extras[extra])]
            else:
                names.append(name[0].lower())
        return names

    return {extra: resolved(lines) for extra, lines in extras.items()}


def pins() -> dict[str, str]:
    """The lines of requirements.txt and requirements-mcp.txt by the name of their package."""
    files = (ROOT / name for name in ("requirements.txt", "requirements-mcp.txt"))
    lines = [line for file in files for line in file.read_text(encoding="utf-8").splitlines()]
    return {re.split(r"[\[=]", line)[0].lower(): line for line in lines if "==" in line}


def pinned(names: Iterable[str]) -> list[str]:
    """The pins of these packages."""
    known = pins()
    return [known[name] for name in sorted(set(names))]


def megabytes(requirements: Sequence[str]) -> float:
    """The size of what these requirements install, in 10⁶ bytes, without pip."""
    with tempfile.TemporaryDirectory(prefix="credence-size-") as folder:
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
        limits = Path(folder, "limits.txt")  # what others need is pinned, too; extras are not allowed in it
        limits.write_text("\n".join(re.sub(r"\[.*?\]", "", pin) for pin in pins().values()))
        pip = [sys.executable, "-m", "pip", "--python", f"{folder}/bin/python", "install", "--no-cache-dir"]
        quiet = ["--quiet", "--no-compile", "--constraint", str(limits)]
        subprocess.run([*pip, *quiet, *requirements], check=True)
        files = (file for file in Path(folder, "lib").rglob("*") if file.is_file() and not file.is_symlink())
        return sum(file.stat().st_size for file in files) / 1e6


def main() -> None:
    """Print the table."""
    packages = declared()
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "extras", nargs="*", help="extras to measure besides the core: " + ", ".join(filter(None, packages))
    )
    extras = parser.parse_args().extras
    if unknown := [extra for extra in extras if not packages.get(extra)]:
        parser.error(f"there is no extra {unknown[0]}")
    core = megabytes(pinned(packages[""]))
    print(f"| install | MB on disk |\n|---|--:|\n| `pip install credence-chat` | {core:,.0f} |", flush=True)
    for extra in extras:
        whole = megabytes(pinned([*packages[""], *packages[extra]]))
        print(f"| `credence-chat[{extra}]` | + {whole - core:,.0f} |", flush=True)
    print(
        f"\n{platform.system()} {platform.machine()}, Python {platform.python_version()}, {datetime.date.today()}"
    )


if __name__ == "__main__":
    main()

"""Copy a ready-made study to edit: ``python -m study new TEMPLATE FILE.yaml``.

The template comes with its frozen answers, so you can serve it right away:

  own-answer-first   people answer, see an AI's answer, and may change their mind
  accept-reject      people accept or reject answers from an AI
  free-chat          people chat with the live model to find answers
  annotation         raters label whether answers are correct and how sure they sound
"""

import argparse
from collections.abc import Sequence
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from files.atomic import write_bytes
from study.errors import BadDesign

PACKAGE = str(__package__).rpartition(".")[0]
NAMES = ("own-answer-first", "accept-reject", "free-chat", "annotation")
FROZEN = ".frozen.jsonl"


def main(arguments: Sequence[str] | None = None) -> int:
    """Copy a template; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m study new",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("template", choices=NAMES, metavar="TEMPLATE")
    parser.add_argument("file", type=Path, metavar="FILE.yaml")
    args = parser.parse_args(arguments)
    written = copy_template(args.template, args.file)
    print(f"{' and '.join(map(str, written))}: edit the study, then run")
    print(f"  python -m {PACKAGE} check {args.file}")
    print(f"  python -m {PACKAGE} serve {args.file}")
    return 0


def copy_template(name: str, path: Path) -> list[Path]:
    """Copy a template's design and its frozen answers; raises BadDesign if a file already exists."""
    if path.suffix not in (".yaml", ".yml"):
        raise BadDesign([f"{path}: the file name of a design must end in .yaml."])
    targets = {path: template_file(f"{name}.yaml")}
    frozen = template_file(f"{name}{FROZEN}")
    if frozen.is_file():
        targets[path.with_name(f"{path.stem}{FROZEN}")] = frozen
    for target in targets:
        if target.exists():
            raise BadDesign([f"{target} already exists and will not be overwritten. Choose another name."])
    for target, source in targets.items():
        write_bytes(target, source.read_bytes())
    return list(targets)


def template_file(name: str) -> Traversable:
    """A template file, from the repository or the wheel."""
    return files(PACKAGE) / "templates" / name

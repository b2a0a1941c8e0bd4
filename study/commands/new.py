"""A ready study to change as you like: ``python -m study new TEMPLATE FILE.yaml``.

The template is copied with its frozen answers, so that it can be served at once:

  own-answer-first   people answer, see an AI's answer, and may change their mind
  accept-reject      people accept or reject an AI's answers
  free-chat          people find answers by chatting with the live model
  annotation         raters label answers as correct or not, and how sure they sound
"""

import argparse
from collections.abc import Sequence
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

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
    print(f"{' and '.join(map(str, written))}: change what you like, then")
    print(f"  python -m {PACKAGE} check {args.file}")
    print(f"  python -m {PACKAGE} serve {args.file}")
    return 0


def copy_template(name: str, path: Path) -> list[Path]:
    """Copy a template's design, and its frozen answers beside it; raises BadDesign where a file is there already."""
    if path.suffix not in (".yaml", ".yml"):
        raise BadDesign([f"{path}: a design’s name ends in .yaml."])
    targets = {path: template_file(f"{name}.yaml")}
    frozen = template_file(f"{name}{FROZEN}")
    if frozen.is_file():
        targets[path.with_name(f"{path.stem}{FROZEN}")] = frozen
    for target in targets:
        if target.exists():
            raise BadDesign([f"{target} is there already, and is not overwritten: choose another name."])
    path.parent.mkdir(parents=True, exist_ok=True)
    for target, source in targets.items():
        target.write_bytes(source.read_bytes())
    return list(targets)


def template_file(name: str) -> Traversable:
    """A file of the templates, in the repository and in the wheel."""
    return files(PACKAGE) / "templates" / name

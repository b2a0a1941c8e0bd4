"""The ready-made studies that a person can copy."""

from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from files.atomic import write_bytes
from study.errors import BadDesign

PACKAGE = str(__package__).rpartition(".")[0]
NAMES = ("own-answer-first", "accept-reject", "free-chat", "annotation")
FROZEN = ".frozen.jsonl"


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

"""Builds the wheel: the repository's top-level packages move under ``credence_chat/``.

In the repository ``estimators`` is imported as ``estimators``, so that ``python app.py``
runs without installation. In the wheel it is ``credence_chat.estimators``, so that it does not
clash with a user's own ``ui`` or ``prompts``. Import statements are rewritten to match, at the
positions that the parser reports. String literals stay as they are, so code refers to its own
modules by ``__name__`` and ``__package__``.
"""

import ast
import re
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from hatchling.metadata.plugin.interface import MetadataHookInterface

NAME = "credence_chat"
PACKAGES = (
    "chains",
    "cli",
    "conversations",
    "database",
    "estimators",
    "evaluation",
    "files",
    "plugin",
    "prompts",
    "service",
    "study",
    "training",
    "ui",
)
ROOTS = frozenset({"app", *PACKAGES})

_FROM = re.compile(rb"from(?:[ \t\f]|\\\r?\n)+")


def rewrite_imports(source: str) -> str:
    """The source with our import roots placed under ``credence_chat``.

    >>> rewrite_imports("from estimators.types import Token")
    'from credence_chat.estimators.types import Token'
    >>> rewrite_imports("import os, ui")
    'import os, credence_chat.ui as ui'
    >>> rewrite_imports("import chains.errors")
    'import credence_chat.chains.errors, credence_chat.chains as chains'
    """
    data = source.encode()
    for start, end, new in sorted(_edits(source, data), reverse=True):
        data = data[:start] + new.encode() + data[end:]
    return data.decode()


def _edits(source: str, data: bytes) -> Iterator[tuple[int, int, str]]:
    """(start, end, replacement) in bytes for every import of our packages."""
    line_starts = [0, *(match.end() for match in re.finditer(rb"\r\n|\r|\n", data))]
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and node.level == 0 and _ours(node.module or ""):
            keyword = _FROM.match(data, line_starts[node.lineno - 1] + node.col_offset)
            assert keyword is not None, f"line {node.lineno}: no module after `from`"
            yield keyword.end(), keyword.end(), f"{NAME}."
        elif isinstance(node, ast.Import):
            for alias in node.names:
                if not _ours(alias.name):
                    continue
                start = line_starts[alias.lineno - 1] + alias.col_offset
                root = alias.name.partition(".")[0]
                if alias.asname:
                    yield start, start, f"{NAME}."
                else:  # binds the name of the root package, as the original statement did
                    module = f"{NAME}.{alias.name}, " if alias.name != root else ""
                    yield start, start + len(alias.name), f"{module}{NAME}.{root} as {root}"


def _ours(module: str) -> bool:
    return module.partition(".")[0] in ROOTS


def stage(repository: Path, target: Path) -> None:
    """Build the package ``credence_chat`` in ``target``, laid out as in the wheel."""
    target.mkdir(parents=True)
    (target / "py.typed").touch()
    _copy(repository / f"{NAME}.py", target / "__init__.py")
    if (repository / "app.py").is_file():
        _copy(repository / "app.py", target / "app.py")
    for package in PACKAGES:
        for file in sorted((repository / package).rglob("*")):
            inside = file.relative_to(repository)
            hidden = any(part.startswith(".") or part == "__pycache__" for part in inside.parts)
            if file.is_file() and not hidden:
                _copy(file, target / inside)


def _copy(file: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if file.suffix == ".py":
        target.write_bytes(rewrite_imports(file.read_bytes().decode()).encode())
    else:
        shutil.copyfile(file, target)


class OneName(BuildHookInterface[Any]):
    """Puts the staged packages into the wheel."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Stage the package; an editable install uses the repository directly."""
        if version == "editable":
            return
        self._folder = tempfile.TemporaryDirectory(prefix="credence-wheel-")
        staged = Path(self._folder.name) / NAME
        stage(Path(self.root), staged)
        build_data["force_include"][str(staged)] = NAME

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Remove the staged files."""
        if version != "editable":
            self._folder.cleanup()


class PlainReadme(MetadataHookInterface):
    """The README without the front matter for Hugging Face Spaces."""

    def update(self, metadata: dict[str, Any]) -> None:
        """Set the long description."""
        text = (Path(self.root) / "README.md").read_text(encoding="utf-8")
        text = re.sub(r"\A---\n.*?\n---\n\s*", "", text, flags=re.DOTALL)
        metadata["readme"] = {"content-type": "text/markdown", "text": text}

"""Imports go one way: {cli, plugin} → app → ui → service → {study, evaluation, chains} → {estimators, prompts, files}.

Within chains, the pipeline imports engines, meaning and calibration, and none of these imports the pipeline.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.repository

ROOT = Path(__file__).parents[2]

# Our packages that a module may import, besides its own; the entry with the longest matching name applies.
ALLOWED = {
    "app": ("ui", "service", "study", "evaluation", "chains", "estimators", "prompts", "files"),
    "benchmarks": (
        *("ui", "service", "study", "conversations", "database", "training"),
        *("evaluation", "chains", "estimators", "prompts", "files"),
    ),
    "cli": ("app", "service", "evaluation", "chains", "estimators", "files"),
    "credence_chat": ("plugin", "ui", "service", "chains", "estimators", "files.environment"),
    "plugin": ("ui", "chains", "estimators"),
    "plugin.agents": ("chains", "estimators", "plugin.tracing.assessments"),
    "plugin.mounting": ("app", "ui.serving", "service.app", "service.guards", "chains.engines.open"),
    "plugin.tracing": ("chains.with_confidence", "estimators"),
    "service": ("chains", "estimators", "evaluation.reports", "files"),
    "ui": ("service", "study", "conversations", "evaluation", "chains", "estimators", "prompts", "files"),
    "ui.markdown": (),
    "ui.panel": ("ui.html", "ui.shown"),  # it only draws
    "ui.shown": (
        "chains.messages",
        "chains.pipeline",
        "estimators",
        "prompts",
        "ui.chat.conversation",
        "ui.markdown",
    ),
    "study": (
        "chains",
        "database",
        "estimators",
        "prompts",
        "files",
        "evaluation.grading.grader",
        "evaluation.metrics",
        "evaluation.reports",
    ),
    "evaluation": ("chains", "estimators", "prompts", "files"),
    "evaluation.grading.grader": ("estimators",),
    "evaluation.metrics": ("estimators",),
    "evaluation.reports": ("evaluation.metrics",),
    "evaluation.questions.layouts": ("estimators", "files"),
    "training": (
        "chains",
        "estimators",
        "prompts",
        "files",
        "evaluation.grading.grader",
        "evaluation.metrics",
        "evaluation.questions.layouts",
        "evaluation.reports",
    ),
    "chains": ("estimators", "prompts", "files"),
    "chains.engines": (
        *("chains.errors", "chains.finish", "chains.model_files", "chains.opening"),
        *("estimators.types", "estimators.parsing.reasoning"),
    ),
    "chains.meaning": ("chains.errors", "chains.model_files", "estimators"),
    "chains.calibration": (
        "chains.errors",
        "chains.identity",
        "chains.meaning",
        "chains.settings",
        "estimators",
        "files",
        "prompts",
    ),
    "conversations": ("database", "files"),
    "database": ("files",),
    "estimators": (),
    "prompts": (),
    "files": (),
}


def within(module: str, packages: tuple[str, ...]) -> bool:
    return any(f"{module}.".startswith(f"{package}.") for package in packages)


def imported(tree: ast.Module) -> Iterator[str]:
    """Every absolute import, also inside functions: ``from a import b`` is ``a.b``."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def forbidden_imports(root: Path) -> list[str]:
    violations = []
    for package in sorted(name for name in ALLOWED if "." not in name):
        for file in [root / f"{package}.py", *sorted((root / package).rglob("*.py"))]:
            if not file.is_file():
                continue
            module = ".".join(file.relative_to(root).with_suffix("").parts).removesuffix(".__init__")
            rule = max((name for name in ALLOWED if within(module, (name,))), key=len)
            for name in imported(ast.parse(file.read_text(encoding="utf-8"))):
                ours = name.partition(".")[0] in ALLOWED
                if ours and not within(name, (rule, *ALLOWED[rule])):
                    violations.append(f"{module} imports {name}")
    return violations


def imports_of_commands(root: Path) -> list[str]:
    """Imports from a ``commands`` package outside it; its ``__main__`` names the modules and imports none."""
    violations = []
    for package in sorted(name for name in ALLOWED if "." not in name):
        for file in [root / f"{package}.py", *sorted((root / package).rglob("*.py"))]:
            if not file.is_file() or file.is_relative_to(root / package / "commands"):
                continue
            for name in imported(ast.parse(file.read_text(encoding="utf-8"))):
                if name.split(".")[0] in ALLOWED and name.split(".")[1:2] == ["commands"]:
                    violations.append(f"{file.relative_to(root).as_posix()} imports {name}")
    return violations


def test_only_commands_import_from_commands() -> None:
    assert imports_of_commands(ROOT) == []


def test_an_import_from_commands_is_found(tmp_path: Path) -> None:
    source = "from evaluation.commands.arguments import resamples"
    for file in ("evaluation/commands/a.py", "evaluation/commands/b/c.py", "evaluation/d.py", "ui/e.py"):
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).write_text(source)
    assert imports_of_commands(tmp_path) == [
        "evaluation/d.py imports evaluation.commands.arguments.resamples",
        "ui/e.py imports evaluation.commands.arguments.resamples",
    ]


def test_imports_follow_the_arrows() -> None:
    assert forbidden_imports(ROOT) == []


@pytest.mark.parametrize(
    ("file", "source", "expected"),
    [
        ("estimators/a.py", "from chains.errors import X", "estimators.a imports chains.errors.X"),
        ("chains/__init__.py", "def f():\n    import ui.chat.page", "chains imports ui.chat.page"),
        ("study/a.py", "from evaluation.runs import reader", "study.a imports evaluation.runs.reader"),
        ("evaluation/reports/a.py", "import evaluation.runs", "evaluation.reports.a imports evaluation.runs"),
        ("evaluation/metrics/a.py", "import chains", "evaluation.metrics.a imports chains"),
        ("prompts/a.py", "import app", "prompts.a imports app"),
        ("files/a.py", "from chains.errors import X", "files.a imports chains.errors.X"),
        (
            "chains/engines/a.py",
            "from chains.pipeline.turn import Turn",
            "chains.engines.a imports chains.pipeline.turn.Turn",
        ),
        (
            "chains/meaning/a.py",
            "def f():\n    from chains.engines.open import open_chat_model",
            "chains.meaning.a imports chains.engines.open.open_chat_model",
        ),
        (
            "chains/calibration/a.py",
            "import chains.pipeline.pipeline",
            "chains.calibration.a imports chains.pipeline.pipeline",
        ),
    ],
)
def test_an_import_against_the_arrows_is_found(tmp_path: Path, file: str, source: str, expected: str) -> None:
    (tmp_path / file).parent.mkdir(parents=True)
    (tmp_path / file).write_text(source)
    assert forbidden_imports(tmp_path) == [expected]


def test_imports_along_the_arrows_pass(tmp_path: Path) -> None:
    (tmp_path / "training").mkdir()
    (tmp_path / "training" / "a.py").write_text("from evaluation.metrics import ece\nimport numpy, chains")
    assert forbidden_imports(tmp_path) == []

"""Texts that people read contain none of the phrases that this project had to get rid of."""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.repository

THIS = Path(__file__)
ROOT = THIS.parents[2]
NOT_OURS = {"build", "dist", "credence-data", "node_modules"}

BANNED = re.compile(
    r"\b(anew|gone on with|bears? (out|a promise)|told apart|whatever else|of its own accord|stands? in (it|the)"
    r"|by itself alone|who says|is refused a|none against|has before)\b"
)
WORDINGS = (
    r"bears? a promise",
    r"is not whole, so nothing is judged",
    r"leans to",
    r"talks? itself down",
    r"the surer,? the more",
    r"it is cut there",
    r"outlives? a kill",
    r"no trustworthy setting",
    r"outside what was measured",
    r"token focus",
    r"few meanings",
    r"looks? closer",
    r"looking closer",
    r"price on the answer",
    r"may be in or out",
    r"not given is an error",
    r"the own answers?",
    r"(?:wrong|right|graded) own and",
    r"easy to reckon",
    r"nothing else asks for",
    r"raises \w+, for only",
    r"what it comes to",
    r"whole whatever",
    r"make room",
    r"surer than its",
    r"at calibration and",
    r"carries a marker",
    r"by the AI’s own calculation",
    r"give --[a-z]+",
    r"holds? (something|zero bytes|no (records?|results?))",
    r"asked about its answer (as|presented)",
)
PHRASES = re.compile("|".join((BANNED.pattern, *(rf"\b{wording}\b" for wording in WORDINGS))), re.IGNORECASE)


def files(folder: Path = ROOT) -> Iterator[Path]:
    """Every file of ours with text that people read."""
    for path in sorted(folder.iterdir()):
        if path.name.startswith(".") or path.name in NOT_OURS or path.suffix == ".egg-info" or path == THIS:
            continue
        if path.is_dir():
            yield from files(path)
        elif path.suffix in {".py", ".md", ".html", ".js", ".yaml"} or path.name == "Makefile":
            yield path


def python_texts(source: str) -> Iterator[str]:
    """The string literals, docstrings and comments of a module; adjacent lines of comment are one text."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
        elif isinstance(node, ast.JoinedStr):
            yield "".join(part.value if isinstance(part, ast.Constant) else "…" for part in node.values)  # type: ignore[misc]
    comments: list[str] = []
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            comments.append(token.string.lstrip("# "))
        elif token.type not in (tokenize.NL, tokenize.NEWLINE) and comments:
            yield " ".join(comments)
            comments = []
    yield " ".join(comments)


def phrases(path: Path) -> list[str]:
    """The banned phrases in a file, as they are written there."""
    text = path.read_text(encoding="utf-8")
    texts = python_texts(text) if path.suffix == ".py" else (text,)
    return sorted({match[0].lower() for part in texts for match in PHRASES.finditer(" ".join(part.split()))})


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def test_no_text_has_a_banned_phrase() -> None:
    covered = list(files())
    assert len(covered) > 100
    assert {name(path): hits for path in covered if (hits := phrases(path))} == {}


@pytest.mark.parametrize(
    ("suffix", "text"),
    [
        (".md", "Ask it\nanew."),
        (".py", '"""It stands in the file."""'),
        (".py", 'x = f"{1} is told apart"'),
        (".py", "# which outlives\n# a kill"),
        (".js", 'say("Look closer")'),
    ],
)
def test_a_phrase_is_found_across_lines_and_kinds_of_text(tmp_path: Path, suffix: str, text: str) -> None:
    path = tmp_path / f"text{suffix}"
    path.write_text(text, encoding="utf-8")
    assert phrases(path)


def test_names_in_code_are_no_text(tmp_path: Path) -> None:
    path = tmp_path / "module.py"
    path.write_text("anew = 1\nprint(anew)\n", encoding="utf-8")
    assert phrases(path) == []

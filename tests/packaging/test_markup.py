"""No text of a model, a person, a file or a server gets into HTML unescaped: held in the source that writes it.

What is really shown is held beside it, in tests/ui/test_hostile_text.py.
"""

import ast
import re
from pathlib import Path

import pytest

from tests.packaging.markup_check import put_together, taken_as_markup

pytestmark = pytest.mark.repository

ROOT = Path(__file__).parents[2]
PACKAGES = ("ui", "plugin", "service", "evaluation", "study", "training")
# All that Python gives templates or Gradio as markup, other than constants and what `render` made.
TAKEN = {
    "evaluation/reports/drawing.py": ["_matplotlib_content(figure, description)"],
    "evaluation/reports/templating.py": ["self._environment.get_template(name).render(values)"],
    "ui/before_after.py": ["side(*about)"],
    "ui/chat/components.py": ["template"],
    "ui/chat/storage/downloads.py": ["empty"],
    "ui/chat/storage/exports.py": ["panel_html(shown.panel)", "scripts(*SHEETS, 'conversation_page.css')"],
    "ui/chat/page.py": ["escape(fault)"],
    "ui/parts.py": [
        "assessment_html(assessment) if assessment else panel_html(EMPTY)",
        "asset('icon.svg')",
        "asset('sign_in.css')",
        "scripts(*SHEETS)",
    ],
    "ui/template_text.py": ["escape(text).translate(_CODE)"],
}
# The only lines that write markup in a browser: the answer that the server drew, and the researcher's own page.
WRITES = {
    "ui/static/study/parts.js": ["holder.innerHTML = markup;"],
    "ui/static/researcher/researcher.js": ["live.innerHTML = text;"],
}
DANGEROUS = re.compile(
    r"innerHTML|outerHTML|insertAdjacentHTML|setHTML|document\.write|createContextualFragment|DOMParser|srcdoc|eval\(|"
    r"new Function"
)


@pytest.fixture(scope="module")
def sources() -> dict[str, ast.Module]:
    return {
        path.relative_to(ROOT).as_posix(): ast.parse(path.read_text(encoding="utf-8"))
        for package in PACKAGES
        for path in sorted((ROOT / package).rglob("*.py"))
    }


def test_markup_is_left_to_templates(sources: dict[str, ast.Module]) -> None:
    made = {path: put_together(tree) for path, tree in sources.items()}
    assert {path: texts for path, texts in made.items() if texts} == {}


def test_nothing_else_is_taken_as_markup(sources: dict[str, ast.Module]) -> None:
    taken = {path: sorted(taken_as_markup(tree)) for path, tree in sources.items()}
    assert {path: texts for path, texts in taken.items() if texts} == TAKEN


@pytest.mark.parametrize(
    "expression",
    [
        'f"<p>{text}</p>"',
        'f"<p>{escape(text)}"',
        '"<p>" + text',
        'text + "</p>"',
        '"<p>%s</p>" % text',
        '"<p>{}</p>".format(text)',
        '"<p>TEXT</p>".replace("TEXT", text)',
        '"<br>".join(texts)',
    ],
)
def test_a_tag_and_a_value_put_together_are_found(expression: str) -> None:
    assert put_together(ast.parse(expression)) != []


def test_a_tag_that_is_added_is_found() -> None:
    assert put_together(ast.parse('text += "<br>"')) != []


@pytest.mark.parametrize(
    "expression",
    [
        "Markup(text)",
        "markupsafe.Markup(text)",
        "gr.HTML(text)",
        "gr.HTML(value=text)",
        'gr.HTML(text, html_template="${value}")',
        "gr.HTML(value, html_template=text)",
        "gr.Warning(text)",
        "gr.Info(text)",
    ],
)
def test_text_that_is_taken_as_markup_is_found(expression: str) -> None:
    assert taken_as_markup(ast.parse(expression)) == ["text"]


@pytest.mark.parametrize(
    "expression",
    [
        'render("a.html", text=text)',
        'gr.HTML(render("a.html", text=text))',
        'gr.HTML(value, html_template="<p></p>")',
        'gr.Warning("Saved.")',
        'f"{text} < 3"',
        'f"{text} and a list: {texts}"',
    ],
)
def test_templates_and_plain_text_pass(expression: str) -> None:
    tree = ast.parse(expression)
    assert put_together(tree) == taken_as_markup(tree) == []


def test_scripts_write_markup_nowhere_else() -> None:
    scripts = {
        path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8")
        for package in ("ui", "plugin")
        for path in (ROOT / package).rglob("*.js")
    }
    found = {
        name: [line.strip() for line in text.splitlines() if DANGEROUS.search(line)]
        for name, text in scripts.items()
    }
    assert {name: lines for name, lines in found.items() if lines} == WRITES
    drawn = [
        use for text in scripts.values() for use in re.findall(r"(?<!function )shownAnswer\((.*?)\)", text)
    ]
    assert sorted(drawn) == ["html", "html.answer"]  # both made by ui.study.conditions.answer_html


def test_templates_escape_every_value() -> None:
    pages = [
        path
        for package in PACKAGES
        for kind in ("html", "svg")
        for path in (ROOT / package).rglob(f"*.{kind}")
    ]
    assert pages
    for path in pages:
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"\son[a-z]+\s*=|autoescape|\|\s*safe\b", text), path
    for path in (path for package in PACKAGES for path in (ROOT / package).rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        assert text.count("Environment(") == text.count("autoescape=True"), path

"""No text of a model, a person, a file or a server gets into HTML unescaped: held in the source that writes it.

What is really shown is held beside it, in tests/ui/test_hostile_text.py.
"""

import ast
import re
from pathlib import Path

import pytest

from tests.packaging.markup_check import ESCAPES, Source
from tests.packaging.markup_syntax import parts_of_markup, read_sources

pytestmark = pytest.mark.repository

ROOT = Path(__file__).parents[2]
PACKAGES = ("ui", "evaluation", "study", "training")
IN_TEMPLATES = ("evaluation", "study", "training")  # these leave all markup to templates
# All that they give templates as markup: what a template made, and what Matplotlib wrote.
MARKUP = {
    "evaluation/reports/drawing.py": ["Markup(_matplotlib_content(figure, description))"],
    "evaluation/reports/templating.py": ["Markup(self._environment.get_template(name).render(values))"],
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
def source() -> Source:
    return Source(read_sources(ROOT, "ui"))


def test_reports_leave_markup_to_templates() -> None:
    made: dict[str, list[str]] = {}
    for path, tree in read_sources(ROOT, *IN_TEMPLATES).items():
        for node in ast.walk(tree):
            if parts_of_markup(node):
                made.setdefault(path, []).append(ast.unparse(node))
    assert made == MARKUP


def test_every_value_in_markup_is_escaped_or_known_to_be_harmless(source: Source) -> None:
    assert [str(finding) for finding in source.findings()] == []


def test_taking_away_any_single_escape_is_noticed(source: Source) -> None:
    calls = [(place, call) for name in ESCAPES for place, call in source.calls.get(name, [])]
    unnoticed = [
        f"{place}:{call.lineno}: {ast.unparse(call)}"
        for place, call in calls
        if not source.unescaped_notices(call, place)
    ]
    assert calls and unnoticed == []


@pytest.mark.parametrize(
    "body",
    [
        'return f"<p>{one.text}</p>"',
        'return f"<p>{one.text.upper()}</p>"',
        'return f"<p>{one.n}</p>"',  # may be a text; {one.n:d} is none
        'return f"<p>{one.text:>10}</p>"',
        'return "<p>" + one.text + "</p>"',
        'return "<p>%s</p>" % one.text',
        'return "<p>{}</p>".format(one.text)',
        'return "<br>".join(part for part in one.parts)',
        'text = one.text\n    return f"<p>{text}</p>"',
        'text = "fixed"\n    text += one.text\n    return f"<p>{text}</p>"',
        'rows = []\n    rows.append(one.text)\n    return f"<p>{rows[0]}</p>"',
        'return f"<p>{fragment(one)}</p>"',
        'return f"<p>{private(one.text)}</p>"',
        'return "".join(f"<li>{name}</li>" for name, _ in one.pairs)',
        'return gr.HTML(one.text)',
        'return gr.HTML(one, html_template=one.text)',
        'gr.Warning(one.text)',
        'return Markup(one.text)',
        'return Markup(f"{one.text}")',
    ],
)  # fmt: skip
def test_what_is_not_escaped_is_found(body: str) -> None:
    module = (
        'def fragment(one):\n    return f"{one.text}"\n'
        f"def _private(text):\n    return f'<b>{{text}}</b>'\n"
        f"def shown(one):\n    {body.replace('private(', '_private(')}\n"
    )
    harmless = Source({"ui/a.py": ast.parse(module.replace(body.replace("private(", "_private("), "pass"))})
    found = Source({"ui/a.py": ast.parse(module)}).findings()
    assert len(found) > len(harmless.findings())


@pytest.mark.parametrize(
    "body",
    [
        'return f"<p>{escape(one.text)}</p>"',
        'return f"<p>{one.n:,} {one.share:.1%} {one.n:+d}</p>"',
        'return f"<p>{escape(one.text) if one.text else None}</p>"',
        'text = escape(one.text)\n    text += "<br>"\n    return f"<p>{text}</p>"',
        'return "<br>".join(map(_private, one.numbers))',
        'return f"<p>{_private(3)}</p>"',
        'return Markup(f"{escape(one.text)}")',
        'return f"<p>{templates.render(\'a.html\', text=one.text)}</p>"',
        'return "".join(f"<li>{name} {escape(text)}</li>" for name, text in (("a", one.text), ("b", one.more)))',
        'return gr.HTML(one.data, html_template="<p></p>")',
        'raise ValueError(f"{one.text} < 3")',
    ],
)  # fmt: skip
def test_what_is_escaped_is_not_found(body: str) -> None:
    module = f"def _private(n: int):\n    return f'<b>{{n}}</b>'\ndef shown(one):\n    {body}\n"
    assert Source({"ui/a.py": ast.parse(module)}).findings() == []


def test_scripts_write_markup_nowhere_else() -> None:
    scripts = {
        str(path.relative_to(ROOT)): path.read_text(encoding="utf-8") for path in (ROOT / "ui").rglob("*.js")
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

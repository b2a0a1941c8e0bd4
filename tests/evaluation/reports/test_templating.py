from pathlib import Path

import pytest
from jinja2 import UndefinedError
from markupsafe import Markup

from evaluation.reports.templating import Templates


@pytest.fixture
def templates(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Templates:
    folder = tmp_path / "package_with_pages" / "templates"
    folder.mkdir(parents=True)
    (folder.parent / "__init__.py").touch()
    (folder / "name.html").write_text("<b title='{{ name }}'>{{ name | loud }}</b>\n")
    (folder / "list.html").write_text("<ul>{% for item in items %}<li>{{ item }}</li>{% endfor %}</ul>\n")
    monkeypatch.syspath_prepend(tmp_path)
    return Templates("package_with_pages", loud=str.upper)


def test_every_value_is_escaped_also_after_a_filter(templates: Templates) -> None:
    assert templates.render("name.html", name="<i>'&") == (
        "<b title='&lt;i&gt;&#39;&amp;'>&lt;I&gt;&#39;&amp;</b>"
    )


def test_what_a_template_made_is_markup_in_another(templates: Templates) -> None:
    name = templates.render("name.html", name="a<b")
    assert isinstance(name, Markup)
    assert templates.render("list.html", items=[name, "<b>"]) == (
        "<ul><li><b title='a&lt;b'>A&lt;B</b></li><li>&lt;b&gt;</li></ul>"
    )


def test_a_value_that_is_not_given_is_an_error(templates: Templates) -> None:
    with pytest.raises(UndefinedError, match="items"):
        templates.render("list.html")

from dataclasses import replace

from markupsafe import Markup

from evaluation.reports.page import html_page, markdown_page
from evaluation.reports.parts import Plot, Plots, Report, Section, Table

TABLE = Table("Figures", [["name", "value"], ["ece", "0.1\n[0.0, 0.2]"]], ("A note.",))


def reported(*sections: Section) -> Report:
    return Report("Title", "Lead.", sections, ("Foot.",))


def test_only_markup_is_taken_as_it_is() -> None:
    plots = Plots("", [Plot("a", "b", Markup("<svg></svg>")), Plot("c", "d", "<svg><b></svg>")])  # type: ignore[arg-type]
    page = html_page(reported(Section("One", [plots])))
    assert page.count("<svg>") == 1 and "&lt;svg&gt;&lt;b&gt;" in page


def test_several_sections_have_links_to_them() -> None:
    first, second = Section("One", [TABLE]), Section("Two", [TABLE])
    assert "<nav" not in html_page(reported(first))
    page = html_page(reported(first, second))
    assert '<a href="#s2">Two</a>' in page and '<section id="s2">' in page


def test_a_cell_breaks_at_underscores_and_before_its_interval() -> None:
    page = html_page(reported(Section("One", [replace(TABLE, rows=[["p_ic"], ["a"], ["1\n[0, 2]"]])])))
    assert "p_<wbr>ic" in page and "1<small>[0, 2]</small>" in page


def test_the_parts_of_a_section_are_in_both_formats() -> None:
    section = Section("One", [Plots("Drawn", [], absent="No plot."), TABLE], [("model", "m")], "What it is.")
    page, markdown = html_page(reported(section)), markdown_page(reported(section), "r.html")
    assert "<h3>Drawn</h3>" in page and "No plot." in page and "<dt>model</dt><dd>m</dd>" in page
    assert markdown.index("What it is.") < markdown.index("- model: m") < markdown.index("### Figures")
    for text in ("What it is.", "A note.", "Foot."):
        assert text in page and text in markdown

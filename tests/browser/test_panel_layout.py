"""No two labels of a badge or panel overlap, and none is cut, whatever the texts and however wide the page."""

import pytest
from playwright.sync_api import Page

from tests.ui.panel.generated import generated
from ui.panel import panel_html
from ui.parts import asset, style
from ui.shown.badge import advice, as_row, badge, otherwise
from ui.shown.panel import assessed_panel

COUNT = 200
DRAW = """turns => {
  for (const turn of turns) {
    const box = document.querySelector(`#answer-${turn.key}`);
    box.append(...advised(turn, null), ...confidence(turn));
    box.querySelectorAll("[hidden]").forEach((node) => (node.hidden = false));
    box.querySelectorAll(".cr-other").forEach((node) => node.tagName === "BUTTON" && turn.sampled && node.click());
  }
}"""
FAULTS = """() => {
  const faults = [];
  for (const box of document.querySelectorAll(".measured")) {
    const edges = box.getBoundingClientRect(), marks = [];
    const walker = document.createTreeWalker(box, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      if (!node.textContent.trim()) continue;
      const range = document.createRange();
      range.selectNodeContents(node);
      for (const rect of range.getClientRects()) if (rect.width && rect.height) marks.push([node, rect, node.textContent]);
    }
    for (const dot of box.querySelectorAll(".cr-dot")) marks.push([dot, dot.getBoundingClientRect(), "dot"]);
    marks.sort((a, b) => a[1].top - b[1].top);
    marks.forEach(([node, rect, text], place) => {
      if (rect.right > edges.right + 1 || rect.left < edges.left - 1) faults.push(`${box.id}: “${text}” leaves the column`);
      for (let next = place + 1; next < marks.length && marks[next][1].top < rect.bottom - 3; next++) {
        const [other, beside, words] = marks[next];
        if (node !== other && Math.min(rect.right, beside.right) - Math.max(rect.left, beside.left) > 1)
          faults.push(`${box.id}: “${text}” overlaps “${words}”`);
      }
    });
    for (const node of box.querySelectorAll("*")) {
      const hidden = getComputedStyle(node).overflowX !== "visible" && node.tagName !== "PROGRESS";
      if (hidden && node.scrollWidth > node.clientWidth + 1) faults.push(`${box.id}: ${node.className} is cut`);
    }
  }
  return faults;
}"""


def parts() -> tuple[str, list[dict[str, object]]]:
    """The page with every panel, as in the column beside an answer, and the values that badges are drawn from."""
    panels: list[str] = []
    turns: list[dict[str, object]] = []
    for key, (assessment, reading) in enumerate(generated(COUNT)):
        panel = panel_html(assessed_panel(assessment, reading)).replace("<details ", "<details open ")
        panels.append(
            f'<div class="credence" data-withhold="mark"><div class="measured cr-turn" id="answer-{key}"></div>'
            f'<div class="measured panels" id="panel-{key}">{panel}</div></div>'
        )
        turns.append(
            {
                "key": key,
                "id": key,
                "revealed": False,
                "badge": as_row(badge(assessment, reading)),
                "advice": as_row(advice(assessment.decision)),
                "others": [as_row(other) for other in otherwise(assessment, reading, branching=True)],
                "sampled": bool(assessment.evidence.samples),
            }
        )
    narrow = "@media (min-width: 861px) and (max-width: 1300px) { .panels { width: 330px; } }"
    sheet = f"<style>body {{ margin: 0 14px; }} .measured {{ margin: 20px 0; }} {narrow}</style>"
    script = f"<script>const trigger = () => 0;\n{asset('dom.js')}\n{asset('badge.js')}</script>"
    head = f"<!doctype html><html><head>{style()}{sheet}</head>"
    return f"{head}<body>{''.join(panels)}{script}</body></html>", turns


@pytest.fixture
def drawn(page: Page) -> Page:
    """All badges and panels on one page, with every fold open."""
    html, turns = parts()
    page.set_content(html)
    page.evaluate(DRAW, turns)
    return page


@pytest.mark.timeout(300)
def test_no_two_labels_overlap_and_none_is_cut_for_200_random_assessments(drawn: Page) -> None:
    assert drawn.locator(".cr-panel").count() == drawn.locator(".cr-badge").count() == COUNT
    for width in (320, 390, 1280, 2560):
        drawn.set_viewport_size({"width": width, "height": 900})
        faults = drawn.evaluate(FAULTS)
        assert not faults, (width, len(faults), faults[:8])


def test_the_measurement_finds_labels_that_overlap_or_are_cut(page: Page) -> None:
    page.set_content(
        '<div class="measured" id="x" style="width:100px"><span style="position:absolute">one label</span>'
        '<span style="position:absolute">another</span><p style="overflow:hidden;white-space:nowrap">'
        "much longer than its box</p></div>"
    )
    faults = " ".join(page.evaluate(FAULTS))
    assert "overlaps" in faults and "is cut" in faults

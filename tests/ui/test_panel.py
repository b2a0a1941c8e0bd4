"""The panel as HTML, without a browser."""

import re
from html import escape
from html.parser import HTMLParser

import pytest

from chains.assess import assess
from chains.pipeline import confidence_pipeline
from chains.scripted import DEMONSTRATION, ScriptedChatModel, ScriptedReply
from chains.turn import Turn
from estimators import ESTIMATORS
from ui.panel import assessment_panel, empty_panel, turn_panel

VOID = {"br", "img", "input"}


class Balance(HTMLParser):
    """Checks that every tag is closed in order and gathers the text and the tags."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attributes: object) -> None:
        self.tags.append(tag)
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def read(html: str) -> Balance:
    parsed = Balance()
    parsed.feed(html)
    parsed.close()
    assert parsed.open == []
    return parsed


def panel(question: str = "What is the capital of Australia?", model: ScriptedChatModel | None = None) -> str:
    return assessment_panel(assess(model or ScriptedChatModel(), question))


def test_the_panel_says_figure_words_gap_and_advice() -> None:
    text = read(panel()).text
    # token side 0.818 (geometric mean by hand in the browser test); expected third person:
    # (4: .6·.48 + 5: .8·.3 + 3: .4·.2) / .98 = 0.6204; gap = 62.04 − 81.82 = −20 points
    for part in (
        "82 %",
        "about 4 in 5",
        "uncalibrated",
        "Says it is moderately certain; its tokens say 82 %",
    ):
        assert part in text
    assert "Gap: -20 points (consistent alignment" in text
    assert "probably (65–80 %)" in text
    assert "5 calls" in text


def test_dots_stand_where_the_confidence_is() -> None:
    html = panel()
    lane = html[html.index('data-key="lane-p_true_third"') :]
    # .55 / (.55 + .43) = 0.5612
    assert re.search(r"--at:([\d.]+)%", lane).group(1) == "56.1"  # type: ignore[union-attr]


def test_an_answer_below_the_threshold_is_advised_against() -> None:
    html = assessment_panel(assess(ScriptedChatModel(), "Which?\nA. x\nB. y\nC. z"))
    assert "Advice: none against" in read(html).text  # MSP 0.62
    doubtful = ScriptedChatModel(replies=(*DEMONSTRATION[:6], ScriptedReply.of("B. so", 0.3)))
    html = assessment_panel(assess(doubtful, "Which?\nA. x\nB. y\nC. z"))
    assert "Advice: rather not answer" in read(html).text


def test_a_missing_signal_shows_its_reason_and_no_dot() -> None:
    mute = ScriptedChatModel(replies=(ScriptedReply.of("No idea", 0.9, match="digit"), *DEMONSTRATION))
    html = panel(model=mute)
    lane = html[html.index('data-key="lane-likert_third_label"') :].split("</details>")[0]
    assert "no answer" in lane and "cr-dot" not in lane
    assert "cannot be set against its tokens" in html


@pytest.mark.parametrize(
    "hostile", ["<script>alert(1)</script>", "${x} `y` {{z}}", '"><img src=x onerror=1>']
)
def test_what_models_and_people_write_stays_text(hostile: str) -> None:
    model = ScriptedChatModel(replies=(ScriptedReply.of(hostile),))
    parsed = read(panel(hostile, model))
    assert not {"script", "img"} & set(parsed.tags)
    assert hostile in parsed.text


def test_every_number_can_be_asked_what_it_means() -> None:
    html = panel()
    shown = 0
    for estimator in ESTIMATORS:
        if f'data-key="lane-{estimator.name}"' in html:
            shown += 1
            assert escape(estimator.meaning) in html
    assert shown == html.count('class="cr-lane"') == 10


def test_the_panel_of_every_snapshot_is_whole() -> None:
    snapshots: list[Turn] = list(confidence_pipeline(ScriptedChatModel()).stream("What is it?"))
    texts = [read(turn_panel(turn)).text for turn in snapshots]
    assert "on its way" in texts[0]
    assert any("running" in text and "asking …" in text for text in texts)
    assert "uncalibrated" in texts[-1]


def test_the_empty_panel_says_what_will_appear() -> None:
    assert "Ask something" in read(empty_panel()).text
    assert "nothing is judged" in read(turn_panel(None, error="broken")).text

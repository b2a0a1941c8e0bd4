"""The panel as HTML, without a browser."""

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from markupsafe import escape

from chains.assess import assess
from chains.engines.scripted import DEMONSTRATION, ScriptedChatModel, ScriptedReply
from chains.pipeline.pipeline import confidence_pipeline
from chains.pipeline.turn import Turn
from chains.settings import Settings
from estimators import ESTIMATORS
from estimators.calibration.apply import redecide
from tests.ui.measured import measured
from ui.chat.conversation import Entry
from ui.panel import panel_html
from ui.parts import assessment_html
from ui.shown.panel import EMPTY
from ui.shown.turn import shown_turn

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


def drawn(entry: Entry) -> str:
    return panel_html(shown_turn(entry).panel)


def panel(question: str = "What is the capital of Australia?", model: ScriptedChatModel | None = None) -> str:
    return assessment_html(assess(model or ScriptedChatModel(), question))


def test_the_panel_shows_confidence_words_gap_and_advice() -> None:
    text = read(panel()).text
    # the answer words 0.71; all tokens 0.818 (geometric mean by hand in the browser test); expected third person:
    # (4: .6·.48 + 5: .8·.3 + 3: .4·.2) / .98 = 0.6204; gap = 62.04 − 81.82 = −20 points
    for part in (
        "71 %",
        "is that of “The words that answer”. The other rows are for comparison",
        "uncalibrated",
        "Stated certainty: 62 % on average; token probability: 82 %.",
    ):
        assert part in text
    assert "Gap: −20 points, so the model states less certainty than its tokens show." in text
    assert (
        "The stated certainty (62 %) is high, and the token probability (82 %) is high: consistent alignment."
        in text
    )
    assert "“High” means at least 50 %. This is a general threshold" in text
    assert "probably (65–80 %)" in text
    assert "5 calls" in text


def test_dots_are_placed_at_the_confidence() -> None:
    html = panel()
    lane = html[html.index('data-key="lane-p_true_third"') :]
    # .55 / (.55 + .43) = 0.5612
    assert re.search(r"--at:([\d.]+)%", lane).group(1) == "56.1"  # type: ignore[union-attr]


def test_an_answer_below_the_threshold_gets_the_advice_to_withhold_it() -> None:
    html = assessment_html(assess(ScriptedChatModel(), "Which?\nA. x\nB. y\nC. z"))
    assert "No warning, but answers like this are untested." in read(html).text  # MSP 0.62
    doubtful = ScriptedChatModel(replies=(*DEMONSTRATION[:6], ScriptedReply.of("B. so", 0.3)))
    html = assessment_html(assess(doubtful, "Which?\nA. x\nB. y\nC. z"))
    assert "Better not to rely on this answer." in read(html).text


def test_a_missing_signal_shows_its_reason_and_no_dot() -> None:
    mute = ScriptedChatModel(replies=(ScriptedReply.of("No idea", 0.9, match="digit"), *DEMONSTRATION))
    html = panel(model=mute)
    lane = html[html.index('data-key="lane-likert_third_label"') :].split("</details>")[0]
    assert "no answer" in lane and "cr-dot" not in lane
    assert ", as P(True); token probability" in html  # it stands in for the scale
    silent = ScriptedChatModel(
        replies=(ScriptedReply.of("No idea", 0.9, match="True or False"), *mute.replies)
    )
    assert (
        "The gap between stated certainty and token probability is not known: one of the two is missing"
        in panel(model=silent)
    )


@pytest.mark.parametrize(
    ("name", "options", "where"),
    [
        ("likert_own", True, "in the same conversation, with the options listed"),
        ("likert_own_oc", True, "in the same conversation, with the options listed"),
        ("numeric", True, "in the same conversation, with the options listed"),
        ("likert_third_oc", True, "in a separate conversation, with the options listed"),
        ("p_true_third", True, "in a separate conversation, with the options listed"),
        ("likert_third", True, "in a separate conversation, without the options"),
        ("rating_third", True, "in a separate conversation, without the options"),
        ("likert_third", False, "in a separate conversation</small>"),
        ("likert_own", False, "in the same conversation</small>"),
    ],
)
def test_each_probe_says_whether_the_options_were_listed(name: str, options: bool, where: str) -> None:
    question = "Which one flies?\nA. dog\nB. wasp" if options else "Which animal flies?"
    signal = next(estimator.name for estimator in ESTIMATORS if name in estimator.needs)
    settings = Settings(signals=(signal,), calibration="none")
    html = assessment_html(assess(ScriptedChatModel(), question, settings=settings))
    assert where in html[html.index('data-key="asked"') :]


@pytest.mark.parametrize(
    "hostile", ["<script>alert(1)</script>", "${x} `y` {{z}}", '"><img src=x onerror=1>']
)
def test_what_models_and_people_write_stays_text(hostile: str) -> None:
    model = ScriptedChatModel(replies=(ScriptedReply.of(hostile),))
    parsed = read(panel(hostile, model))
    assert not {"script", "img"} & set(parsed.tags)
    assert hostile in parsed.text


def test_every_number_unfolds_to_its_meaning() -> None:
    html = panel()
    for key, several in (("lane", 10), ("few", 4)):
        shown = [estimator for estimator in ESTIMATORS if f'data-key="{key}-{estimator.name}"' in html]
        assert len(shown) == html.count(f'data-key="{key}-') == several
        for estimator in shown:
            lane = html[html.index(f'data-key="{key}-{estimator.name}"') :].split("</details>")[0]
            assert str(escape(estimator.meaning)) in lane


def test_a_calibrated_confidence_leads_the_axis_with_its_threshold_and_guarantee() -> None:
    raw = assess(
        ScriptedChatModel(), "What is the capital of Australia?", settings=Settings(calibration="none")
    )
    html = assessment_html(redecide(raw, measured(), risk=0.3), medians={})
    text = read(html).text
    # σ(0.5 · logit .8182 + logit .6204 − 0.2) = 0.7394; the calibration gives two of the ten signals a curve
    for part in (
        "74 %",
        "from 2 signals calibrated",
        "warning if the top number is below 60\xa0%",
        "at most 30 % of the answers shown",
        "No warning.",
    ):
        assert part in text, part
    assert "out of distribution" not in text and "uncalibrated" not in text
    lead = html[html.index('class="cr-lead"') :]
    assert re.search(r"--at:([\d.]+)%", lead).group(1) == "73.9"  # type: ignore[union-attr]
    assert html.count('class="cr-lead"') == 2 and html.index('class="cr-lead"') < html.index(
        "how it chose its words"
    )
    # Token probability on its own: σ(logit .8182 / 2) = 0.6797
    assert "In the test, about 68 % of the answers with this number were right." in html


def test_out_of_distribution_is_marked_next_to_the_confidence_and_the_medians_are_the_cuts() -> None:
    raw = assess(
        ScriptedChatModel(), "What is the capital of Australia?", settings=Settings(calibration="none")
    )
    inside = redecide(raw, measured(), risk=0.3)
    far = replace(inside, decision=replace(inside.decision, outside="it is unlike the 120 questions"))
    medians = {"sequence_probability": 0.7, "likert_third_expected": 0.65}
    text = read(assessment_html(far, medians=medians)).text
    assert "out of distribution" in text and "It is unlike the 120 questions. No guarantee covers it." in text
    # .62 < .65 and .82 ≥ .70
    assert (
        "The stated certainty (62 %) is low, and the token probability (82 %) is high: internal overconfidence."
        in text
    )
    assert (
        "“High” means at least 65 % for the stated certainty and 70 % for the token probability. These are the medians"
        in text
    )


def test_a_position_without_a_guarantee_says_so() -> None:
    raw = assess(
        ScriptedChatModel(), "What is the capital of Australia?", settings=Settings(calibration="none")
    )
    text = read(assessment_html(redecide(raw, measured(), risk=0.25))).text
    assert "Better not to rely on this answer." in text and "75 %" in text  # 1 − 0.25
    assert "Too many of the 60 tested answers were wrong" in text
    text = read(assessment_html(redecide(raw, measured(kinds=("choice",))))).text
    assert "uncalibrated" in text and "None were asked." in text


def test_the_panel_of_every_snapshot_is_well_formed() -> None:
    snapshots: list[Turn] = list(confidence_pipeline(ScriptedChatModel()).stream("What is it?"))
    texts = [read(drawn(Entry("What is it?", turn))).text for turn in snapshots]
    assert "Waiting for the first token" in texts[0]
    assert any("running" in text and "asking …" in text for text in texts)
    assert "uncalibrated" in texts[-1]


def test_the_empty_panel_says_what_will_appear() -> None:
    assert "Ask a question" in read(panel_html(EMPTY)).text
    assert "it was not scored" in read(drawn(Entry("What is it?", error="broken"))).text

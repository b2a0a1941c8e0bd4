"""Each condition of a study as HTML, without a browser."""

import math
import re
from collections.abc import Sequence
from dataclasses import replace
from html.parser import HTMLParser
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from estimators.markers.matcher import find_markers
from estimators.types import Answer, Assessment, Decision, Evidence, Question, Signal, Token
from study.design.displays import ELEMENTS, missing
from ui.study.conditions import HEIGHTS, answer_html, reserved

WORDS = (
    ("It", 0.95),
    (" is", 0.9),
    (" prob", 0.3),
    ("ably", 0.99),
    (" Canberra", 0.7),
    (",", 0.9),
    (" I", 0.9),
    (" guess", 0.4),
    (".", 0.99),
)


def assessment(
    words: Sequence[tuple[str, float]] = WORDS,
    token: float | None = 0.8182,
    said: float | None = 0.9,
    calibrated: float | None = 0.64,
    abstain: bool = True,
) -> Assessment:
    """An assessment with a value for every display, unless removed."""
    tokens = tuple(Token(text, math.log(p)) for text, p in words)
    text = "".join(token.text for token in tokens)
    signals = (
        Signal("sequence_probability", token, "" if token is not None else "the engine gives none"),
        Signal("numeric", said, "" if said is not None else "no answer"),
    )
    decision = (
        Decision(abstain, token, 0.5, "why", "sequence_probability")
        if calibrated is None
        else Decision(abstain, calibrated, 0.7, "why", "combined", calibrated=True)
    )
    return Assessment(
        Evidence(Question("Which?"), Answer(text, tokens)), signals, find_markers(text), decision
    )


class Elements(HTMLParser):
    """The markup outside the boxes of elements, and the text inside each."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[tuple[str, str]] = []  # (tag, element)
        self.outside = ""
        self.inside: dict[str, str] = {}
        self.words = ""
        self.feed(html)
        self.close()
        assert self.open == []

    @property
    def element(self) -> str:
        return self.open[-1][1] if self.open else ""

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        element = dict(attributes).get("data-element") or self.element
        if not element:
            self.outside += self.get_starttag_text() or ""
        self.open.append((tag, element))

    def handle_endtag(self, tag: str) -> None:
        opened, element = self.open.pop()
        assert opened == tag
        if not element:
            self.outside += f"</{tag}>"

    def handle_data(self, data: str) -> None:
        if self.element in ("", "token_colours") and "Plain:" not in self.inside.get("token_colours", ""):
            self.outside += "" if data.startswith("Plain:") else data
        if self.element:
            self.inside[self.element] = self.inside.get(self.element, "") + data


def test_no_confidence_shows_the_words_alone() -> None:
    elements = Elements(answer_html(assessment(), ()))
    assert elements.inside == {}
    assert "It is probably Canberra, I guess." in elements.outside
    assert not re.search(r"%|cr-token|data-element", answer_html(assessment(), ()))


def test_each_display_says_its_own_figure_and_no_other() -> None:
    figures = {"token_number": "82 %", "verbalized_number": "90 %", "calibrated_number": "64 %"}
    for element, figure in figures.items():
        html = answer_html(assessment(), (element,))
        assert figure in Elements(html).inside[element]
        assert not any(other in html for other in figures.values() if other != figure)
    side = Elements(answer_html(assessment(), ("side_by_side",))).inside["side_by_side"]
    # 90 − 81.82 = 8.18
    assert "90 %" in side and "82 %" in side and "8 points above" in side
    assert "abstain" not in side and "64 %" not in side


@pytest.mark.parametrize(
    ("said", "words"),
    [(0.7, "12 points below"), (0.82, "the same as"), (0.8182, "the same as"), (0.8149, "1 point below")],
)
def test_the_gap_of_the_two_sides(said: float, words: str) -> None:
    assert words in answer_html(assessment(said=said), ("side_by_side",))


def test_the_banner_appears_only_on_answers_that_are_advised_against_and_names_no_figure() -> None:
    banner = Elements(answer_html(assessment(), ("abstention_banner",))).inside["abstention_banner"]
    assert banner.startswith("I would rather not answer this") and not re.search(r"\d", banner)
    assert answer_html(assessment(abstain=False), ("abstention_banner",)) == answer_html(assessment(), ())


def test_ranges_follow_their_markers_in_the_text() -> None:
    html = answer_html(assessment(), ("marker_ranges",))
    plain = re.sub(r"<[^>]+>", "", html)
    # the lexicon's ranges: probably 65–80 %; the marker ends inside " prob|ably", which is two tokens
    assert "It is probably (65–80 %) Canberra" in plain
    both = re.sub(r"<[^>]+>", "", answer_html(assessment(), ("token_colours", "marker_ranges")))
    assert "It is probably (65–80 %) Canberra" in both


def test_the_range_of_a_denial_says_what_it_is_about_and_keeps_its_place() -> None:
    text = "It is unlikely that it rains."
    record = assessment()
    denied = replace(
        record, evidence=replace(record.evidence, answer=Answer(text)), markers=find_markers(text)
    )
    plain = re.sub(r"<[^>]+>", "", answer_html(denied, ("marker_ranges",)))
    assert "It is unlikely (75–90 % that it is false) that it rains." in plain
    kept = re.sub(r"<[^>]+>", "", answer_html(denied, (), ranges_kept_free=True))
    assert "(00–00 % nnnn nn nn nnnnn)" in kept and "false" not in kept


def test_tokens_are_tinted_as_in_the_chat() -> None:
    html = answer_html(assessment(), ("token_colours",))
    # −ln 0.7 / 3 = 0.1189; −ln 0.3 / 3 = 0.4013, below one half: dotted
    assert '<span class="cr-token" style="--s:0.119"> Canberra</span>' in html
    assert '<span class="cr-token cr-doubtful" style="--s:0.401"> prob</span>' in html
    assert "0.7" not in html and "30 %" not in html


def test_without_its_elements_the_markup_of_every_condition_is_the_same() -> None:
    record = assessment()
    plain = Elements(answer_html(record, ()))
    conditions = [elements for size in range(1, 8) for elements in combinations(ELEMENTS, size)]
    shown = {elements: Elements(answer_html(record, elements)) for elements in conditions}
    assert {elements for elements, page in shown.items() if page.outside != plain.outside} == set()
    assert {elements for elements, page in shown.items() if set(page.inside) != set(elements)} == set()


def test_what_cannot_be_shown_is_named_with_its_reason_and_left_out() -> None:
    nothing = assessment((("Rome.", 0.9),), token=None, said=None, calibrated=None)
    nothing = replace(
        nothing,
        evidence=replace(nothing.evidence, answer=Answer("Rome.", missing="the server returned none")),
        decision=Decision(False, None, 0.5, "no advice: the engine gives none"),
    )
    assert missing(nothing, ELEMENTS) == {
        "token_colours": "the server returned none",
        "token_number": "the engine gives none",
        "verbalized_number": "no answer",
        "marker_ranges": "the answer contains no word of doubt or certainty",
        "calibrated_number": "this model has no calibration",
        "abstention_banner": "no advice: the engine gives none",
        "side_by_side": "the engine gives none",
    }
    assert answer_html(nothing, ELEMENTS) == answer_html(nothing, ())
    assert missing(assessment(), ELEMENTS) == {}


def test_another_signal_may_be_the_verbalized_number() -> None:
    record = assessment()
    record = replace(record, signals=(*record.signals, Signal("likert_third_expected", 0.37)))
    assert "37 %" in answer_html(record, ("verbalized_number",), verbalized="likert_third_expected")
    assert missing(record, ("verbalized_number",), "numeric_of_another") == {
        "verbalized_number": "the signal numeric_of_another was not requested"
    }
    with pytest.raises(ValueError, match="no display named colours"):
        missing(record, ("colours",))


def test_the_calibrated_number_is_the_decisions_or_the_signals() -> None:
    record = assessment(calibrated=None)
    assert "calibrated_number" in missing(record, ("calibrated_number",))
    signals = (replace(record.signals[0], calibrated=0.55), *record.signals[1:])
    assert "55 %" in answer_html(replace(record, signals=signals), ("calibrated_number",))


def test_the_kept_space_is_that_of_the_fullest_condition() -> None:
    assert reserved([(), ("token_number",), ("token_number", "abstention_banner"), ("marker_ranges",)]) == 196
    assert reserved([]) == reserved([()]) == 0
    assert set(HEIGHTS) == set(ELEMENTS) - {"marker_ranges"}
    assert 'style="min-height:196px"' in answer_html(assessment(), (), reserve=196)


def test_the_copy_that_reserves_space_for_ranges_reveals_none() -> None:
    kept = answer_html(assessment(), (), ranges_kept_free=True)
    assert "(00–00 %)" in kept and "65" not in kept


@settings(max_examples=40)
@given(st.lists(st.tuples(st.text(min_size=1), st.floats(0.01, 1)), min_size=1, max_size=8))
def test_whatever_the_model_wrote_is_text(words: list[tuple[str, float]]) -> None:
    record = assessment(words)
    text = record.evidence.answer.text.strip()
    for elements in ((), ("token_colours",), ELEMENTS):
        html = answer_html(record, elements, ranges_kept_free=True)
        allowed = {"div", "span", "p", "small", "b", "i", "details", "summary", "em"}
        assert {tag for tag in re.findall(r"</?([a-zA-Z!?][^\s>/]*)", html)} <= allowed
    assert text in read_text(answer_html(record, ("token_colours",)))


class Words(HTMLParser):
    """The text of markup."""

    words = ""

    def handle_data(self, data: str) -> None:
        self.words += data


def read_text(html: str) -> str:
    parser = Words()
    parser.feed(html)
    parser.close()
    return parser.words

"""The badge, the advice and the other answers of an answer, as the page draws them."""

import pytest

from chains import assess
from chains.engines.scripted import DEMONSTRATION, ScriptedChatModel, ScriptedReply
from chains.pipeline.pipeline import confidence_pipeline
from chains.pipeline.resampling import closer
from chains.settings import Settings
from estimators.calibration.apply import redecide
from estimators.reading import read
from tests.ui.measured import measured
from tests.ui.panel.generated import generated
from ui.shown.badge import advice, badge, otherwise
from ui.shown.few import few_signals
from ui.shown.panel import assessed_panel

QUESTION = "What is the capital of Australia?"


def test_a_badge_says_how_sure_in_words_and_as_a_number_and_why() -> None:
    assessment = assess(ScriptedChatModel(), QUESTION, settings=Settings(calibration="none"))
    shown = badge(assessment, read(assessment))
    assert (shown.level, shown.words, shown.number, shown.calibrated) == (
        "fine",
        "likely",
        "71 %",
        False,
    )
    assert shown.reason == "It could also have said “Sydney\xa0…” (22 %)."
    assert (
        "was 71 % sure of the words that answer the question" in shown.meaning
        and "not been tested" in shown.meaning
    )
    calibrated = redecide(assessment, measured(), risk=0.3)
    shown = badge(calibrated, read(calibrated))
    assert (shown.number, shown.calibrated) == ("74 %", True)
    meant = "When this model was tested, answers with this number were right in about 3 in 4 cases."
    assert shown.meaning.startswith(meant)


def test_without_a_figure_the_badge_says_why() -> None:
    mute = ScriptedChatModel(
        replies=tuple(ScriptedReply(reply.tokens, reply.match, logprobs=False) for reply in DEMONSTRATION)
    )
    assessment = assess(mute, QUESTION)
    shown = badge(assessment, read(assessment))
    assert (shown.level, shown.words, shown.number) == ("none", "no number", "")
    assert shown.reason == "The server sends no log-probabilities."
    assert advice(assessment.decision) is None


def test_a_token_continues_only_if_the_model_can_and_a_sample_is_shown_whole() -> None:
    turn = confidence_pipeline(ScriptedChatModel()).invoke(QUESTION)
    assert turn.assessment is not None
    first = otherwise(turn.assessment, turn.reading, branching=True)[0]
    assert (first.text, first.share, first.token, first.choice) == ("Sydney\xa0…", "22 %", 6, 1)
    assert "Continue the answer from here." in first.says
    shown = otherwise(turn.assessment, turn.reading, branching=False)[0]
    assert shown.token is None and "Continue" not in shown.says
    differs = ScriptedChatModel(replies=(*DEMONSTRATION[:6], ScriptedReply.of("It is Sydney.", 0.6)))
    checked = confidence_pipeline(differs).invoke(closer(turn, Settings(closer=2)))
    assert checked.assessment is not None
    sample = otherwise(checked.assessment, checked.reading, branching=True)[0]
    assert (sample.share, sample.sample, sample.whole, sample.taken) == (
        "2 of 2 samples",
        0,
        "It is Sydney.",
        True,
    )


@pytest.mark.parametrize(
    ("names", "few"),
    [
        (
            (
                "sequence_probability",
                "mean_entropy",
                "key_span_probability",
                "likert_third_label",
                "numeric",
                "p_true_third",
            ),
            ("key_span_probability", "sequence_probability", "likert_third_label", "p_true_third"),
        ),
        (
            ("p_ic", "msp", "numeric", "linguistic", "self_consistency"),
            ("p_ic", "numeric", "self_consistency"),
        ),
        (("linguistic",), ()),
    ],
)
def test_without_a_calibration_a_small_default_counts(names: tuple[str, ...], few: tuple[str, ...]) -> None:
    assert few_signals(names) == few


def test_with_a_calibration_its_signals_count_and_one_of_each_other_side() -> None:
    assessment = redecide(assess(ScriptedChatModel(), QUESTION), measured())
    names = tuple(signal.name for signal in assessment.signals)
    used = assessment.decision.used
    assert few_signals(names, used) == ("sequence_probability", "likert_third_expected")
    failed = {"likert_third_expected": "it hardly separates"}
    assert few_signals(names, used, failed) == ("sequence_probability", "likert_third_label")


def test_every_generated_assessment_has_a_reason_that_fits_one_line_or_two() -> None:
    faults = []
    for place, (assessment, reading) in enumerate(generated(60)):
        shown = badge(assessment, reading)
        if (
            not shown.reason.rstrip("”").endswith((".", "?", "!"))
            or len(shown.reason) > 160
            or (shown.level == "none") == bool(shown.number)
        ):
            faults.append((place, shown))
    assert not faults


def test_a_mean_over_all_words_is_called_that_and_is_no_share_of_right_answers() -> None:
    model = ScriptedChatModel(replies=(ScriptedReply.of("Dear Ms Miller, the heating is broken.", 0.9),))
    assessment = assess(
        model, "Write a letter to my landlord.", settings=Settings(calibration="none", signals=())
    )
    shown = badge(assessment, read(assessment))
    assert (shown.words, shown.number, shown.level) == ("its words, on average", "90 %", "fine")
    assert shown.reason.startswith("The number is only how sure it was of its wording")
    assert "was 90 % sure of its own words, on average" in shown.meaning
    confidence = assessed_panel(assessment, read(assessment)).confidence
    assert confidence is not None
    assert (confidence.in_words, confidence.frequency) == ("its words, on average", "")

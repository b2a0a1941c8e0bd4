"""The consistency check and the sentences of a long answer, as they are shown."""

from chains.engines.scripted import ScriptedReply
from chains.pipeline.pipeline import confidence_pipeline
from chains.pipeline.turn import Turn
from tests.chains.pipeline.test_resampling import chooses
from tests.chains.script import OPTIONS, scripted
from tests.estimators.evidence import token
from ui.parts import assessment_html
from ui.shown.evidence import CheckProgress, check_progress
from ui.shown.turn import plan_words


def checked(**picks: str) -> Turn:
    return confidence_pipeline(scripted(*chooses(picks)), samples=3).invoke(OPTIONS)


def test_the_candidates_show_share_chain_and_confidence() -> None:
    turn = checked(B="A")
    assert turn.assessment is not None
    html = assessment_html(turn.assessment)
    assert "3 samples, 100 %" in html and "bee" in html and ">shown<" in html
    assert "<b>B</b> → <b>A</b>" in html
    assert "the model switches from B to A (“dog”)" in html
    assert "<b>67 %</b>" in html  # 2/3 of an uncertainty of 0


def test_a_faithful_answer_stays() -> None:
    turn = checked(B="B")
    assert turn.assessment is not None
    assert "the model stays with B" in assessment_html(turn.assessment)


def test_the_plan_states_calls_and_tokens_in_advance() -> None:
    words = plan_words(confidence_pipeline(scripted()).invoke(OPTIONS))
    assert words.startswith("Draws 10 samples and asks at most 2 short questions")
    assert "The model reads about" in words


def test_progress_counts_samples_then_chains() -> None:
    turns = [t for t in confidence_pipeline(scripted(*chooses({"B": "B"})), samples=2).stream(OPTIONS)]
    bars = [bar for turn in turns if (bar := check_progress(turn)) is not None]
    assert bars[:2] == [CheckProgress("Sampling answer", 0, 2), CheckProgress("Sampling answer", 1, 2)]
    assert bars[-1] == CheckProgress("Asking whether the model keeps each answer", 1, 1)


def test_the_weakest_sentence_is_named_and_escaped() -> None:
    long = ScriptedReply.of("It is a <b>bee</b>. The bee has two wings.", match="Tell me.")
    asked = ScriptedReply((token("True", 0.9, {"True": 0.9, "False": 0.1}),), "this sentence true or false")
    turn = confidence_pipeline(scripted(asked, long)).invoke("Tell me.")
    assert turn.assessment is not None
    html = assessment_html(turn.assessment)
    assert "<q>It is a &lt;b&gt;bee&lt;/b&gt;.</q>" in html
    assert html.count("P(True) 90 %") == 2

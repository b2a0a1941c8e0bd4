"""How much of a reply a follow-up question asks for, with a scripted model."""

from dataclasses import replace

from chains.engines.scripted import ScriptedReply
from chains.pipeline.pipeline import confidence_pipeline
from tests.chains.script import P_TRUE_OWN, QUESTION, scripted
from tests.estimators.evidence import token


def test_one_token_is_enough_where_the_first_decides() -> None:
    wordy = ScriptedReply((P_TRUE_OWN, token(", it is.", 0.9)), "just gave true or false")
    model = scripted(wordy)
    turn = confidence_pipeline(model, signals=("p_true_own", "numeric")).invoke(QUESTION)
    assert turn.probes["p_true_own"].reply.tokens == (P_TRUE_OWN,)
    assert [options["max_tokens"] for options in model.options] == [
        7930,
        1,
        12,
    ]  # the first fills the context
    assert turn.assessment is not None and turn.assessment.signal("p_true_own").confidence == 0.9  # type: ignore[union-attr]


def test_markup_before_the_word_is_passed_over() -> None:
    marked = ScriptedReply((token("**", 0.9), P_TRUE_OWN, token("**", 0.9)), "just gave true or false")
    model = scripted(marked)
    turn = confidence_pipeline(model, signals=("p_true_own",)).invoke(QUESTION)
    assert [options["max_tokens"] for options in model.options] == [7930, 1, 6]
    assert turn.probes["p_true_own"].reply.text == "**True**"
    assert turn.assessment is not None and turn.assessment.signal("p_true_own").confidence == 0.9  # type: ignore[union-attr]


def test_without_log_probabilities_nothing_is_asked_twice() -> None:
    wordy = replace(ScriptedReply.of("True enough", match="just gave true or false"), logprobs=False)
    model = scripted(wordy)
    turn = confidence_pipeline(model, signals=("p_true_own",)).invoke(QUESTION)
    assert len(model.received) == turn.meter.calls == 2

"""Checking consistency: samples, groups and fidelity chains around a scripted model, call by call."""

import time
from dataclasses import replace
from typing import Any

import pytest
from langchain_core.messages import AIMessageChunk
from langchain_core.outputs import ChatGenerationChunk

from chains.engines.scripted import ScriptedReply
from chains.errors import EngineStopped
from chains.pipeline.pipeline import confidence_pipeline
from chains.pipeline.resampling import closer, grouped, plan
from chains.pipeline.turn import Turn
from chains.settings import Settings
from estimators.serialization import from_dict, to_dict
from estimators.types import Answer, Assessment, FidelityChain, Question
from tests.chains.script import OPTIONS, scripted
from tests.estimators.evidence import token

REPLACED = "All the other options listed here are wrong."


def chooses(picks: dict[str, str]) -> tuple[ScriptedReply, ...]:
    """What is chosen when the option of that letter is replaced."""
    return tuple(ScriptedReply.of(pick, match=f"{label}. {REPLACED}") for label, pick in picks.items())


def run(*first: ScriptedReply, question: str = OPTIONS, **changes: Any) -> Turn:
    settings = {"samples": 4, "signals": ("self_consistency", "uf"), **changes}
    return confidence_pipeline(scripted(*first), **settings).invoke(question)


def test_unanimous_and_faithful() -> None:
    turn = run(*chooses({"B": "B"}))
    assert turn.groups == ((0, 1, 2, 3),) and turn.shown_group == 0
    assert turn.chains == (FidelityChain(("B",)),)
    assert turn.assessment is not None
    assert [turn.assessment.signal(name).confidence for name in ("self_consistency", "uf")] == [1.0, 1.0]  # type: ignore[union-attr]
    assert turn.meter.calls == 1 + 4 + 1  # the answer, four samples, one chain


def test_a_model_that_gives_in_leaves_the_answer() -> None:
    turn = run(*chooses({"B": "A"}))
    assert turn.chains == (FidelityChain(("B", "A")),)  # then only B is left, and nothing to ask
    assert turn.assessment is not None
    uf = turn.assessment.signal("uf")
    assert uf is not None and uf.confidence == pytest.approx(2 / 3)


def test_what_is_asked_is_the_question_with_the_option_replaced_and_taken_away() -> None:
    model = scripted(*chooses({"B": "A"}))
    confidence_pipeline(model, samples=2, signals=("uf",)).invoke(OPTIONS)
    asked = str(model.received[-1][-1].text)
    assert asked.startswith("Which one flies?\n\nA. dog\nB. " + REPLACED)
    assert "bee" not in asked


def test_an_unreadable_reply_ends_the_chain() -> None:
    turn = run(*chooses({"B": "who knows"}))
    (chain,) = turn.chains
    assert chain.labels == ("B",) and "names none of the remaining options" in chain.ended
    assert chain.end == "unreadable" and not chain.truncated
    assert turn.assessment is not None and turn.assessment.signal("uf").confidence == 1.0  # type: ignore[union-attr]


def test_the_cap_holds_and_is_reported() -> None:
    turn = run(*chooses({"B": "A"}), max_calls=4)
    assert turn.meter.calls == 1 + 4
    assert turn.assessment is not None
    uf = turn.assessment.signal("uf")
    assert uf is not None and uf.missing == "the fidelity chains are incomplete"
    assert turn.chains == (FidelityChain(("B",), "cut: the cap of 4 calls was reached", "capped"),)


def test_a_failing_sample_never_ends_the_turn() -> None:
    class Failing(type(scripted())):  # type: ignore[misc]
        def _stream(self, *args: Any, **options: Any) -> Any:
            if len(self.received) >= 3:
                raise EngineStopped("The engine stopped.")
            yield from super()._stream(*args, **options)

    turn = confidence_pipeline(
        Failing(replies=scripted().replies), samples=5, signals=("self_consistency",)
    ).invoke(OPTIONS)
    assert len(turn.samples) == 2
    assert turn.assessment is not None and turn.assessment.signal("self_consistency").confidence == 1.0  # type: ignore[union-attr]


def test_checking_a_finished_turn_asks_nothing_twice() -> None:
    model = scripted(*chooses({"B": "B"}))
    first = confidence_pipeline(model).invoke(OPTIONS)
    before = len(model.received)
    again = closer(first, Settings(closer=3))
    planned = plan(replace(first, settings=first.settings.model_copy(update={"closer": 3})))
    last = confidence_pipeline(model).invoke(again)
    assert len(model.received) - before == 3 + 1 <= planned.samples + planned.chain_calls
    assert last.assessment is not None and first.assessment is not None
    assert last.assessment.evidence.probes == first.assessment.evidence.probes
    assert {signal.name for signal in last.assessment.signals} - {
        signal.name for signal in first.assessment.signals
    } == {"self_consistency", "semantic_entropy", "uf"}


def test_the_plan_is_never_above_the_cap() -> None:
    turn = confidence_pipeline(scripted()).invoke(OPTIONS)
    for most in (1, 5, 60):
        capped = replace(turn, settings=turn.settings.model_copy(update={"max_calls": most}))
        planned = plan(capped)
        assert planned.samples + planned.chain_calls <= most


def test_no_sample_is_longer_than_the_answer_may_be() -> None:
    answers = ScriptedReply.of("B, since a bee has two pairs of wings")
    for most, room in ((2, 2), (400, 16)):
        turn = run(answers, *chooses({"B": "B"}), max_tokens=most)
        assert [len(sample.tokens) for sample in turn.samples] == [min(room, len(answers.tokens))] * 4
        turn = replace(turn, settings=turn.settings.model_copy(update={"closer": 4, "max_calls": 5}))
        assert plan(turn).new_tokens == 5 * room


def test_a_long_answer_is_asked_about_sentence_by_sentence() -> None:
    long = ScriptedReply.of("It is a bee. The bee has two wings. Yes.", match="Tell me of it.")
    turn = confidence_pipeline(scripted(long)).invoke("Tell me of it.")
    assert turn.assessment is not None
    evidence = turn.assessment.evidence
    assert [evidence.answer.text[slice(*claim.span)] for claim in evidence.claims] == [
        "It is a bee.",
        "The bee has two wings.",
    ]
    assert turn.assessment.signal("weakest_claim_third") is not None
    assert set(evidence.provenance.prompts) >= {"claim_true_third"}
    assert "claim_true" not in evidence.provenance.prompts
    capped = confidence_pipeline(scripted(long), claims=0).invoke("Tell me of it.")
    assert capped.assessment is not None and capped.assessment.signal("weakest_claim_third") is None


def test_its_sentences_are_also_asked_about_in_third_person() -> None:
    replies = (
        ScriptedReply(
            (token("True", 0.6, {"True": 0.6, "False": 0.2}),), "one sentence of the language model's answer"
        ),
        ScriptedReply((token("True", 0.9, {"True": 0.9, "False": 0.1}),), "one sentence of the answer you"),
        ScriptedReply.of("It is a bee. The bee has two wings.", match="Tell me of it."),
    )
    model = scripted(*replies)
    turn = confidence_pipeline(model, signals=("weakest_claim", "weakest_claim_third")).invoke(
        "Tell me of it."
    )
    assert turn.assessment is not None
    claims = turn.assessment.evidence.claims
    assert [set(claim.probes) for claim in claims] == [{"p_true_claim", "p_true_claim_third"}] * 2
    assert not any(claim.probes["p_true_claim_third"].in_own_turn for claim in claims)
    (quoted,) = claims[1].probes["p_true_claim_third"].messages
    assert quoted.content.startswith("Tell me of it.\n\nA language model was asked this")
    assert '"The bee has two wings."' in quoted.content
    values = [turn.assessment.signal(name).confidence for name in ("weakest_claim", "weakest_claim_third")]  # type: ignore[union-attr]
    assert values == pytest.approx([0.9, 0.75])
    assert turn.meter.calls == 1 + 2 + 2
    assert set(turn.assessment.evidence.provenance.prompts) == {"claim_true", "claim_true_third", "quoted"}


def test_only_the_third_person_is_asked_about_if_only_that_is_needed() -> None:
    long = ScriptedReply.of("It is a bee. The bee has two wings.", match="Tell me of it.")
    turn = confidence_pipeline(scripted(long), signals=("weakest_claim_third",)).invoke("Tell me of it.")
    assert [set(claim.probes) for claim in turn.claims] == [{"p_true_claim_third"}] * 2


def test_samples_are_grouped_by_the_letter_a_like_by_any_other() -> None:
    texts = ("A", "A\n\nThe bee cannot bark.", "A, because bees fly.", "A bee, of course.")
    turn = Turn(
        Question(OPTIONS),
        Settings(),
        ("dog", "bee"),
        answer=Answer(texts[1]),
        samples=tuple(map(Answer, texts)),
    )
    done = grouped(turn)
    assert done.groups == ((0, 1, 2), (3,)) and done.shown_group == 0


class BySeed(type(scripted())):  # type: ignore[misc]
    """Samples option B, C or A by the seed, the later ones sooner; the calls that run at once are counted."""

    most: int = 0
    running: int = 0

    def _stream(self, messages: list[Any], *args: Any, **options: Any) -> Any:
        self.running += 1
        self.most = max(self.most, self.running)
        try:
            if options.get("temperature"):
                time.sleep(0.02 * (options["seed"] % 3))
                text = "BCA"[options["seed"] % 3]
                self.received.append(messages)
                yield ChatGenerationChunk(
                    message=AIMessageChunk(content=text), generation_info={"finish_reason": "stop"}
                )
            else:
                yield from super()._stream(messages, *args, **options)
        finally:
            self.running -= 1


def test_samples_and_chains_at_once_are_those_of_one_after_another() -> None:
    question = f"{OPTIONS}\nC. cat"
    picks = chooses({"A": "A", "B": "C", "C": "B"})

    def turn(at_once: int) -> tuple[Turn, BySeed]:
        model = BySeed(replies=scripted(*picks).replies)
        settings: dict[str, Any] = {"samples": 7, "signals": ("self_consistency", "uf"), "at_once": at_once}
        return confidence_pipeline(model, **settings).invoke(question), model

    (one, alone), (four, together) = turn(1), turn(4)
    assert alone.most == 1 and together.most > 1
    assert [sample.text for sample in one.samples] == list("CABCABC")  # seeds 1 to 7
    assert four.samples == one.samples and four.groups == one.groups and four.chains == one.chains
    assert {chain.labels[0] for chain in one.chains} == {"A", "B", "C"}
    assert four.meter.calls == one.meter.calls
    assert [signal.confidence for signal in four.assessment.signals] == [  # type: ignore[union-attr]
        signal.confidence
        for signal in one.assessment.signals  # type: ignore[union-attr]
    ]


def test_chains_at_once_stay_within_the_cap() -> None:
    model = BySeed(replies=scripted(*chooses({"A": "B", "B": "C", "C": "B"})).replies)
    settings: dict[str, Any] = {"samples": 6, "signals": ("uf",), "at_once": 4, "max_calls": 9}
    turn = confidence_pipeline(model, **settings).invoke(f"{OPTIONS}\nC. cat")
    assert turn.meter.calls <= 1 + 9
    assert {(chain.labels[0], chain.end) for chain in turn.chains} == {(label, "capped") for label in "ABC"}


@pytest.mark.parametrize("at_once", [1, 4])
def test_a_check_stops_once_the_leading_meaning_is_settled(at_once: int) -> None:
    model = scripted(ScriptedReply.of("B"), *chooses({"A": "A", "B": "B"}))
    settings: dict[str, Any] = {"samples": 10, "stop_early": True, "signals": ("uf",), "at_once": at_once}
    turn = confidence_pipeline(model, **settings).invoke(OPTIONS)
    assert len(turn.samples) == 4 and turn.assessment is not None
    evidence = turn.assessment.evidence
    assert evidence.stopped.startswith("4 of 4 mean the same") and evidence.provenance.options["stop_early"]
    assert from_dict(Assessment, to_dict(turn.assessment)) == turn.assessment
    whole = confidence_pipeline(model, **{**settings, "stop_early": False}).invoke(OPTIONS)
    assert len(whole.samples) == 10 and whole.assessment is not None and not whole.assessment.evidence.stopped
    assert "stop_early" not in whole.assessment.evidence.provenance.options
    rest = confidence_pipeline(model).invoke(closer(turn, Settings(stop_early=True)))
    assert rest.samples == whole.samples and rest.assessment is not None
    assert not rest.assessment.evidence.stopped


def test_samples_that_disagree_are_all_drawn_and_small_chains_are_left_out() -> None:
    question = f"{OPTIONS}\nC. cat"
    model = BySeed(replies=scripted(*chooses({"A": "A", "B": "C", "C": "B"})).replies)
    settings: dict[str, Any] = {"samples": 7, "signals": ("uf",), "stop_early": True}
    turn = confidence_pipeline(model, **settings).invoke(question)
    assert [sample.text for sample in turn.samples] == list("CABCABC") and not turn.stopped
    assert {chain.labels[0]: chain.end for chain in turn.chains} == dict.fromkeys("ABC", "settled")
    assert turn.assessment is not None and turn.assessment.signals[0].confidence is not None
    assert turn.meter.calls == 8

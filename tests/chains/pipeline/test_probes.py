"""The messages of a turn: what differs, what is shared, and whose answer it is presented as."""

import re
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chains.pipeline.probing.probes import (
    PROBE_KINDS,
    ProbeKind,
    answer_messages,
    answer_prompt_name,
    instructed,
    probe_messages,
    transcript,
)
from estimators.asking import Asking
from estimators.parsing.options import find_options
from estimators.parsing.verbalized_values import read_number
from estimators.signals.verbalized import NumericConfidence
from estimators.types import Message, Question
from evaluation.reproductions.alignment import VARIANTS as VARIANTS_READ

KINDS = {kind.name: kind for kind in PROBE_KINDS}
OPTIONS = ("dog", "bee")
PLAIN, LETTERED = "Which animal flies?", "Which one flies?\nA. dog\nB. bee"
BEFORE = (Message("user", "Do dogs bark?"), Message("assistant", "Yes, probably."))
THIRD = [kind for kind in PROBE_KINDS if kind.third]
OWN = [kind for kind in PROBE_KINDS if not kind.third]
VARIANTS = [*product(("likert", "rating"), ("own", "third"))]
LIKERT_MARKS = "6 = very certain"
FREE = "in your own words"
WEIGH = "against every other option"


def name_of(kind: ProbeKind) -> str:
    return kind.name


def asked(kind: ProbeKind, question: Question, answer: str = "B. It has wings.") -> tuple[Message, ...]:
    """The probe's messages after the conversation that really led to the answer."""
    sent = answer_messages(question, "hedged")
    return probe_messages(kind, question, sent, answer, OPTIONS)


def test_the_letter_is_asked_for_in_the_conversation_without_the_answer() -> None:
    question = Question(LETTERED, (Message("user", "Hello"), Message("assistant", "Hi")))
    sent = answer_messages(question, "as_typed", "Be brief.")
    messages = probe_messages(KINDS["letter"], question, sent, "B. It has wings.", OPTIONS)
    assert messages[:-1] == sent[:-1]
    assert messages[-1].content.startswith(LETTERED) and "letter" in messages[-1].content
    assert not any("wings" in message.content for message in messages)


def test_there_are_eight_certainty_probes_a_number_and_two_of_truth() -> None:
    eight = {f"{k}_{w}{o}" for k, w, o in product(("likert", "rating"), ("own", "third"), ("", "_oc"))}
    assert set(KINDS) == eight | {"numeric", "p_true_own", "p_true_third", "letter"}
    assert [kind.third for kind in PROBE_KINDS] == sorted(
        kind.third for kind in PROBE_KINDS
    )  # own turn first


@pytest.mark.parametrize(
    ("scale", "who", "weigh"), [*product(("likert", "rating"), ("own", "third"), ("", "_oc"))]
)
def test_each_variant_has_exactly_its_elements(scale: str, who: str, weigh: str) -> None:
    messages = asked(KINDS[f"{scale}_{who}{weigh}"], Question(LETTERED))
    ask = messages[-1].content
    assert (LIKERT_MARKS in ask, FREE in ask) == ((scale == "likert"), (scale == "rating"))
    assert (WEIGH in ask) == (weigh == "_oc")
    assert ("language model" in ask.lower()) == (who == "third")
    assert (len(messages) == 1) == (who == "third")
    if weigh:  # listed for the weighing, besides the question above
        assert ask.count("A. dog\nB. bee") == (2 if who == "third" else 1)
    else:  # the own turn goes on with a conversation in which they stand
        assert not any(option in ask for option in ("A. dog", "B. bee"))
        assert ("A. dog\nB. bee" in messages[0].content) == (who == "own")


@pytest.mark.parametrize(("who", "weigh"), [*product(("own", "third"), ("", "_oc"))])
def test_the_scale_alone_tells_likert_from_free(who: str, weigh: str) -> None:
    likert, free = (
        asked(KINDS[f"{scale}_{who}{weigh}"], Question(LETTERED)) for scale in ("likert", "rating")
    )
    assert likert[:-1] == free[:-1]
    *same, last = likert[-1].content.split("\n\n")
    *same_free, last_free = free[-1].content.split("\n\n")
    assert same == same_free
    assert last != last_free


@pytest.mark.parametrize(("scale", "who"), VARIANTS)
def test_the_options_alone_are_added_for_weighing(scale: str, who: str) -> None:
    without, weighing = (asked(KINDS[f"{scale}_{who}{weigh}"], Question(LETTERED)) for weigh in ("", "_oc"))
    paragraphs = weighing[-1].content.split("\n\n")
    (added,) = [part for part in paragraphs if WEIGH in part]
    paragraphs.remove(added)
    rest = "\n\n".join(paragraphs)
    if who == "third":  # without them the chosen one is named beside its letter
        rest = rest.replace("\nA. dog\nB. bee", "").replace("gave the following", "chose the following")
        rest = rest.replace("B. It has wings.", "B (bee). It has wings.")
    assert rest == without[-1].content
    assert weighing[:-1] == without[:-1]


@pytest.mark.parametrize(
    "text", [LETTERED, "Which one flies? (a) dog, (b) bee", "A. dog\nB. bee\nWhich one flies?"]
)
@pytest.mark.parametrize("kind", [kind for kind in THIRD if "p_true" not in kind.name], ids=name_of)
@pytest.mark.parametrize("history", [(), BEFORE], ids=["first", "later"])
def test_options_are_in_a_third_person_prompt_only_if_they_are_weighed(
    kind: ProbeKind, text: str, history: tuple[Message, ...]
) -> None:
    (message,) = asked(kind, Question(text, history), "B. Dogs do not fly, bees do.")
    assert ("A. dog" in message.content) == kind.weighs_options
    assert ("(a) dog" in message.content) <= kind.weighs_options
    assert "Which one flies?" in message.content


@pytest.mark.parametrize(
    ("answer", "quoted"),
    [
        ("B", "B (bee)"),
        ("B.", "B (bee)."),
        ("B. It has wings.", "B (bee). It has wings."),
        ("(B)", "(B) (bee)"),
        ("B) It has wings.", "B) (bee) It has wings."),
        ("The answer is B.", "The answer is B (bee)."),
        ("B. bee", "B. bee"),
        ("The bee, it has wings.", "The bee, it has wings."),
        ("I do not know.", "I do not know."),
    ],
)
def test_without_the_options_the_chosen_one_is_named(answer: str, quoted: str) -> None:
    (message,) = asked(KINDS["likert_third"], Question(LETTERED), answer)
    assert f'\n"{quoted}"\n' in message.content
    (weighed,) = asked(KINDS["likert_third_oc"], Question(LETTERED), answer)
    assert f'\n"{answer}"\n' in weighed.content


@pytest.mark.parametrize("kind", PROBE_KINDS, ids=name_of)
def test_the_record_names_the_prompts_that_were_sent(kind: ProbeKind) -> None:
    names = {text: kind.prompts(Question(text)) for text in (PLAIN, LETTERED)}
    hidden = kind.name in ("likert_third", "rating_third")
    assert ("quoted" in names[PLAIN]) == kind.third
    assert ("quoted_without_options" in names[LETTERED]) == hidden
    assert ("quoted" in names[LETTERED]) == (kind.third and not hidden)
    assert ("quoted_dialogue" in kind.prompts(Question(LETTERED, BEFORE))) == kind.third


# ── whose answer it is ─────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "question", [Question(LETTERED), Question("And bees?", BEFORE)], ids=["first", "later"]
)
@pytest.mark.parametrize("kind", THIRD, ids=name_of)
def test_in_third_person_nothing_marks_the_answer_as_the_models(kind: ProbeKind, question: Question) -> None:
    (message,) = asked(kind, question, "It is so.")
    assert message.role == "user"
    assert '"It is so."' in message.content
    assert re.search(r"following answer:\n\"It is so\.\"", message.content)
    assert "Answer in one or two sentences" not in message.content  # the question as typed
    about_you = re.findall(r"(?i)[^\n]*\byou(?:rs?|'[a-z]+)?\b[^\n]*", message.content)
    # only how to judge is said to "you": weigh before you judge, rate in your own words
    assert [line for line in about_you if "before you judge" not in line and FREE not in line] == []


@pytest.mark.parametrize("kind", [kind for kind in OWN if not kind.again], ids=name_of)
def test_an_own_turn_probe_continues_the_conversation(kind: ProbeKind) -> None:
    question = Question("And bees?", BEFORE)
    sent = answer_messages(question, "hedged")
    *before, answer, ask = probe_messages(kind, question, sent, "Yes.", OPTIONS)
    assert tuple(before) == sent
    assert answer == Message("assistant", "Yes.")
    assert ask.role == "user"
    assert "you" in ask.content
    assert "language model" not in ask.content.lower()


@pytest.mark.parametrize("kind", THIRD, ids=name_of)
def test_in_third_person_a_later_turn_quotes_the_dialogue(kind: ProbeKind) -> None:
    (message,) = asked(kind, Question("And its young?", BEFORE), "Also.")
    start = "Person: Do dogs bark?\nLanguage model: Yes, probably.\nPerson: And its young?\n"
    assert message.content.startswith(start)
    assert message.content.index('"Also."') > len(start)


def test_a_transcript_leaves_the_system_out() -> None:
    assert (
        transcript((Message("system", "Be brief."), *BEFORE))
        == "Person: Do dogs bark?\nLanguage model: Yes, probably."
    )
    assert transcript((Message("system", "Be brief."),)) == ""
    only_system = Question(PLAIN, (Message("system", "Be brief."),))
    assert asked(KINDS["p_true_third"], only_system) == asked(KINDS["p_true_third"], Question(PLAIN))


@pytest.mark.parametrize("question", [Question(PLAIN), Question(LETTERED)], ids=["plain", "options"])
def test_every_prompt_of_a_first_turn_begins_with_the_question(question: Question) -> None:
    for kind in PROBE_KINDS:
        text = find_options(question.text)[0] if kind.leaves_options_out else question.text
        assert asked(kind, question)[0].content.startswith(text + "\n\n")
    assert answer_messages(question, "hedged")[0].content.startswith(question.text + "\n\n")


# ── what is sent ───────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "asking", "name"),
    [
        (PLAIN, "hedged", "hedged"),
        (PLAIN, "letter_first", "answer"),
        (PLAIN, "as_typed", None),
        (LETTERED, "hedged", "options_hedged"),
        (LETTERED, "letter_first", "options"),
        (LETTERED, "as_typed", None),
    ],
)
def test_the_prompt_of_an_answer(text: str, asking: Asking, name: str | None) -> None:
    assert answer_prompt_name(text, asking) == name
    sent = instructed(text, asking)
    assert sent.startswith(text)
    assert ("letter of the correct option" in sent) == (name in ("options", "options_hedged"))
    assert ("word of doubt" in sent) == (asking == "hedged")
    if name in ("answer", None):
        assert sent == text


def test_the_example_markers_are_shuffled_by_the_question_and_stable() -> None:
    lines = {n: instructed(f"Question {n}?", "hedged").splitlines()[-1] for n in range(30)}
    assert len(set(lines.values())) > 10
    assert all(instructed(f"Question {n}?", "hedged").endswith(line) for n, line in lines.items())
    # 8 markers take turns at the front: none leads in half of the cases
    first = [re.search(r"such as ([^,]+),", line).group(1) for line in lines.values()]  # type: ignore[union-attr]
    assert max(first.count(marker) for marker in first) < 15


def test_a_number_is_asked_for_read_and_shown_on_one_scale() -> None:
    ask = asked(KINDS["numeric"], Question(PLAIN))[-1].content
    assert "from 0 (certainly wrong) to 100 (certainly right)" in ask
    assert "from 0 to 100" in NumericConfidence.meaning
    assert [read_number(text) for text in ("0", "1", "50", "100", "101")] == [0.0, 0.01, 0.5, 1.0, None]
    assert VARIANTS_READ["numeric"][-1] == "0–100"


askings: st.SearchStrategy[Asking] = st.sampled_from(["as_typed", "letter_first", "hedged"])
systems = st.sampled_from(["", "Be brief."])
words = st.text(st.sampled_from("ab$\\{}`'\" \n.?"), min_size=1, max_size=12)


@given(
    st.lists(st.tuples(words, words), min_size=1, max_size=4),
    words,
    askings,
    systems,
)
def test_a_turn_begins_with_the_turn_before_it(
    turns: list[tuple[str, str]], last: str, asking: Asking, system: str
) -> None:
    history: tuple[Message, ...] = ()
    before: tuple[Message, ...] = ()
    for text, reply in [*turns, (last, "")]:
        sent = answer_messages(Question(text, history), asking, system)
        assert sent[: len(before)] == before
        assert len(sent) == len(before) + (1 if before or not system else 2)
        assert text in sent[-1].content
        history = (*history, Message("user", text), Message("assistant", reply))
        before = (*sent, Message("assistant", reply))


def test_words_are_sent_as_they_are_after_the_system_messages() -> None:
    system = Message("system", "Be brief.")
    question = Question(LETTERED, (system, *BEFORE))
    assert answer_messages(question, "as_typed") == (system, *BEFORE, Message("user", LETTERED))
    assert answer_messages(question, "hedged")[0] == system
    both = answer_messages(question, "as_typed", "Say what you doubt.")
    assert both == (Message("system", "Say what you doubt.\n\nBe brief."), *BEFORE, Message("user", LETTERED))


@pytest.mark.parametrize(
    "text", ["$question ${x} $$ $1", "{answer} {0} %s \\g<0>", "`${alert(1)}` <b>", "$ask"]
)
def test_special_characters_survive(text: str) -> None:
    question = Question(text, (Message("user", text), Message("assistant", text)))
    sent = {
        kind.name: "\n".join(message.content for message in asked(kind, question, text))
        for kind in PROBE_KINDS
    }
    # earlier question and answer, the question, its answer
    assert {name: words.count(text) for name, words in sent.items()} == {
        kind.name: 3 if kind.again else 4 for kind in PROBE_KINDS
    }
    assert instructed(text, "hedged").startswith(text + "\n\n")

"""The messages of one turn: for the answer, for own-turn probes and for third-person probes.

All of them start with the question as the person typed it, so that an engine
with a prefix cache evaluates that prefix only once.
"""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from estimators.asking import Asking
from estimators.parsing.options import find_choice, find_options, render_options
from estimators.signals.claims import P_TRUE_THIRD
from estimators.signals.letter_again import LETTER
from estimators.signals.verbalized import probe_name
from estimators.types import Message, Question
from prompts import load

_MARKERS = (
    "probably",
    "possibly",
    "perhaps",
    "likely",
    "unlikely",
    "almost certainly",
    "I think",
    "I am not sure",
)


@dataclass(frozen=True, slots=True)
class ProbeKind:
    """One kind of probe: whose answer it is presented as, and the prompts that ask about it."""

    name: str
    third: bool  # the answer is shown as somebody else's, in a separate conversation
    asks: tuple[str, ...]  # prompt files, joined by empty lines
    max_tokens: int
    first_token: bool = False  # the reading takes the first content token only
    again: bool = False  # the question is asked again, without the answer

    @property
    def weighs_options(self) -> bool:
        return "weigh_options" in self.asks

    @property
    def leaves_options_out(self) -> bool:
        """Whether the probe hides the question's options: certainty in the third person, without weighing them."""
        return "certainty_third" in self.asks and not self.weighs_options

    def prompts(self, question: Question) -> tuple[str, ...]:
        """The names of the prompt files that ask about an answer to this question."""
        return (*self.asks, *((self.quoting(question),) if self.third else ()))

    def quoting(self, question: Question) -> str:
        """The prompt file that quotes question and answer in the third person."""
        if transcript(question.history):
            return "quoted_dialogue"
        hidden = self.leaves_options_out and find_options(question.text)[1]
        return "quoted_without_options" if hidden else "quoted"


def _kinds() -> tuple[ProbeKind, ...]:
    kinds = [
        ProbeKind(LETTER, False, ("options",), 6, first_token=True, again=True),
        ProbeKind("p_true_own", False, ("true_own",), 6, first_token=True),
        ProbeKind("numeric", False, ("certainty_own", "scale_numeric"), 12),
        ProbeKind("p_true_third", True, ("true_third",), 6, first_token=True),
    ]
    for third in (False, True):
        for weigh in (False, True):
            certainty = (
                "certainty_third" if third else "certainty_own",
                *(("weigh_options",) if weigh else ()),
            )
            kinds.append(
                ProbeKind(probe_name("likert", third, weigh), third, (*certainty, "scale_likert"), 12)
            )
            kinds.append(ProbeKind(probe_name("rating", third, weigh), third, (*certainty, "scale_free"), 24))
    # Own turn first: it continues the answer's cache.
    return tuple(sorted(kinds, key=lambda kind: kind.third))


PROBE_KINDS: tuple[ProbeKind, ...] = _kinds()
CLAIM_THIRD = ProbeKind(
    P_TRUE_THIRD, True, ("claim_true_third",), 6, first_token=True
)  # asked about every claim


def answer_prompt_name(text: str, asking: Asking) -> str | None:
    """The prompt file that puts a question to the model; None if it is sent as typed."""
    if asking == "as_typed":
        return None
    if find_options(text)[1]:
        return "options_hedged" if asking == "hedged" else "options"
    return "hedged" if asking == "hedged" else "answer"


def instructed(text: str, asking: Asking) -> str:
    """The text that is sent for a person's question: the question, then how to answer if anything is asked for.

    The example markers are shuffled with the question as seed; otherwise models repeat the first one.
    """
    name = answer_prompt_name(text, asking)
    if name is None:
        return text
    prompt = load(name)
    if asking != "hedged":
        return prompt.fill(question=text)
    examples = random.Random(text).sample(_MARKERS, 3)
    return prompt.fill(question=text, markers=", ".join(examples[:-1]) + " or " + examples[-1])


def answer_messages(question: Question, asking: Asking, system: str = "") -> tuple[Message, ...]:
    """The conversation up to the answer, with earlier turns as they were sent.

    ``system`` comes first; a system message that the conversation has already follows it in the same message.
    """
    turns = tuple(
        Message("user", instructed(turn.content, asking)) if turn.role == "user" else turn
        for turn in (*question.history, Message("user", question.text))
    )
    if not system.strip():
        return turns
    if turns[0].role == "system":
        return (Message("system", f"{system}\n\n{turns[0].content}"), *turns[1:])
    return (Message("system", system), *turns)


def probe_messages(
    kind: ProbeKind, question: Question, sent: Sequence[Message], answer: str, options: Sequence[str]
) -> tuple[Message, ...]:
    """The messages of one probe about an answer, or of the question asked again.

    ``sent`` is the conversation that led to the answer. An own-turn probe continues
    it, so it includes the options. A third-person probe is a new conversation that
    quotes the answer as that of a language model, after a transcript of any earlier
    turns. If it leaves the options out, the text of the chosen option follows its letter.
    """
    if kind.again:
        return (*sent[:-1], Message("user", load(kind.asks[0]).fill(question=question.text)))
    ask = "\n\n".join(
        load(name).fill(options=render_options(options)) if name == "weigh_options" else load(name).fill()
        for name in kind.asks
    )
    if not kind.third:
        return (*sent, Message("assistant", answer), Message("user", ask))
    text = question.text
    if kind.leaves_options_out:
        text, listed = find_options(text)
        answer = with_option_named(answer, listed)
    return _quoted(kind, question, text, answer, ask)


def _quoted(kind: ProbeKind, question: Question, text: str, answer: str, ask: str) -> tuple[Message, ...]:
    """The message that quotes an answer to a question, worded as ``text``, after a transcript of any earlier turns."""
    fields = {"question": text, "answer": answer, "ask": ask}
    if earlier := transcript(question.history):
        fields["transcript"] = earlier
    return (Message("user", load(kind.quoting(question)).fill(**fields)),)


def with_option_named(answer: str, options: Sequence[str]) -> str:
    """An answer with the text of the chosen option after its letter, unless the answer includes it already.

    >>> with_option_named("B. It has wings.", ["dog", "bee"]), with_option_named("B: bee", ["dog", "bee"])
    ('B (bee). It has wings.', 'B: bee')
    """
    choice = find_choice(answer, options)
    if choice is None or options[choice[0]].casefold() in answer.casefold():
        return answer
    index, (_, end) = choice
    end += answer[end : end + 1] == ")"
    return f"{answer[:end]} ({options[index]}){answer[end:]}"


def claim_messages(sent: Sequence[Message], answer: str, claim: str) -> tuple[Message, ...]:
    """The messages that ask whether one sentence of an answer is true, in the model's own turn."""
    ask = load("claim_true").fill(claim=claim)
    return (*sent, Message("assistant", answer), Message("user", ask))


def claim_messages_third(question: Question, answer: str, claim: str) -> tuple[Message, ...]:
    """The messages that ask whether one sentence of an answer is true, with both quoted as a language model's."""
    ask = load("claim_true_third").fill(claim=claim)
    return _quoted(CLAIM_THIRD, question, question.text, answer, ask)


def choose_messages(question: Question, texts: Mapping[str, str]) -> tuple[Message, ...]:
    """The question with these lettered options, after its earlier turns."""
    stem, own = find_options(question.text)
    lines = "\n".join(f"{label}. {text}" for label, text in texts.items())
    ask = load("choose").fill(question=stem if own else question.text, options=lines)
    return (*question.history, Message("user", ask))


def transcript(history: Sequence[Message]) -> str:
    """Earlier turns as the dialogue of a person and a language model.

    >>> transcript([Message("user", "Hi"), Message("assistant", "Hello")])
    'Person: Hi\\nLanguage model: Hello'
    """
    names = {"user": "Person", "assistant": "Language model"}
    return "\n".join(f"{names[turn.role]}: {turn.content}" for turn in history if turn.role in names)

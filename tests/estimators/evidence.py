"""Evidence for the tests: tokens with probabilities, answers, probes, and hypothesis strategies for them."""

import math
from collections.abc import Mapping
from typing import Any

from hypothesis import strategies as st

from estimators.internals import Internals, Position, ProbeScore
from estimators.parsing.options import render_options
from estimators.signals.alternatives import ALTERNATIVES, CHOICE
from estimators.signals.claims import CLAIM_PROBES
from estimators.signals.letter_again import LETTER
from estimators.types import (
    Answer,
    Assessment,
    Claim,
    Cost,
    Decision,
    Evidence,
    FidelityChain,
    MarkerMatch,
    Message,
    Probe,
    Provenance,
    Question,
    Signal,
    Token,
)

PROBES = (
    *(
        f"{kind}_{who}{weigh}"
        for kind in ("likert", "rating")
        for who in ("own", "third")
        for weigh in ("", "_oc")
    ),
    "numeric",
    "p_true_own",
    "p_true_third",
    CHOICE,
    *ALTERNATIVES,
)


def token(text: str, p: float, top: Mapping[str, float] | None = None) -> Token:
    """A token with probability p and its alternatives, most probable first."""
    pairs = sorted((top or {}).items(), key=lambda pair: -pair[1])
    return Token(text, math.log(p), tuple((other, math.log(q)) for other, q in pairs))


def answer(*tokens: Token, **more: Any) -> Answer:
    return Answer("".join(token.text for token in tokens), tokens, **more)


def probe(name: str, *tokens: Token, text: str = "", missing: str = "no tokens") -> Probe:
    """A probe whose reply has these tokens, or only a text."""
    reply = answer(*tokens) if tokens else Answer(text, missing=missing)
    return Probe(name, (Message("user", "asked"),), reply)


def evidence(shown: Answer | None = None, *probes: Probe, options: tuple[str, ...] = ()) -> Evidence:
    question = "Q?" + ("\n" + render_options(options) if options else "")
    return Evidence(
        Question(question),
        shown or Answer("", missing="no answer"),
        options,
        {probe.name: probe for probe in probes},
    )


# ── generated ──────────────────────────────────────────────────────────────────────────────────

REPLIES = (
    "A", " B", "(C", ".", " bee", "dog", "5", " 6", "1", "10", " 85", "%", "True", " false", " not", " very",
    " certain", " uncertain", " probably", "é", "漢", "\n", " ", "**", "$x", "${y}", "`", '"',
)  # fmt: skip
words = st.sampled_from(REPLIES) | st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=4)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
shares = st.floats(0, 1)
nats = st.floats(-60, 0)


@st.composite
def tokens(draw: st.DrawFn) -> Token:
    """Any token; the probabilities of its alternatives sum to at most 1, as in an engine."""
    text = draw(words)
    others = draw(st.lists(st.tuples(words, st.floats(1e-9, 1)), max_size=5))
    total = max(1.0, math.fsum(p for _, p in others))
    top = sorted(((word, math.log(p / total)) for word, p in others), key=lambda pair: -pair[1])
    logprob = dict(reversed(top)).get(text)
    return Token(
        text, min(0.0, draw(nats) if logprob is None else logprob), tuple((w, min(0.0, p)) for w, p in top)
    )


@st.composite
def answers(draw: st.DrawFn) -> Answer:
    """Any reply, with or without tokens, with any scored span."""
    some = tuple(draw(st.lists(tokens(), max_size=5)))
    text = "".join(token.text for token in some)
    start, end = sorted(draw(st.tuples(st.integers(0, len(text)), st.integers(0, len(text)))))
    finish = draw(st.sampled_from(("stop", "length", "cancelled")))
    if some != () and draw(st.booleans()):
        return Answer(text, some, (start, end), finish)
    return Answer(text, (), (start, end), finish, draw(st.sampled_from(("no log-probabilities", ""))))


messages = st.builds(Message, st.sampled_from(("system", "user", "assistant")), texts)


def probes(name: str) -> st.SearchStrategy[Probe]:
    return st.builds(Probe, st.just(name), st.lists(messages, max_size=2).map(tuple), answers())


@st.composite
def sampled(draw: st.DrawFn) -> dict[str, Any]:
    """Samples, grouped or not, with chains for some of the candidates."""
    samples = tuple(draw(st.lists(answers(), max_size=4)))
    places = draw(st.permutations(range(len(samples))))
    cut = draw(st.integers(0, len(samples)))
    groups = tuple(tuple(sorted(part)) for part in (places[:cut], places[cut:]) if part)
    if draw(st.booleans()):
        groups = ()
    letters = st.lists(st.sampled_from("ABCDE"), min_size=1, max_size=4, unique=True).map(tuple)
    chains = st.builds(FidelityChain, letters, st.sampled_from(("", "cut: the cap of 9 calls was reached")))
    return {
        "samples": samples,
        "groups": groups,
        "shown_group": draw(st.none() | st.integers(0, len(groups) - 1)) if groups else None,
        "chains": tuple(draw(st.lists(chains, max_size=3))),
    }


@st.composite
def claims(draw: st.DrawFn, answer: Answer) -> tuple[Claim, ...]:
    """Claims of an answer, with or without probes."""
    spans = draw(
        st.lists(st.tuples(st.integers(0, len(answer.text)), st.integers(0, len(answer.text))), max_size=3)
    )
    kinds = draw(st.sets(st.sampled_from(sorted(CLAIM_PROBES.values()))))
    asked = st.fixed_dictionaries({name: probes(name) for name in sorted(kinds)})
    return tuple(Claim((min(span), max(span)), draw(asked)) for span in spans)


@st.composite
def internals(draw: st.DrawFn) -> Internals | None:
    """What was read inside of the model, in full or in part, or nothing."""
    logprobs = tuple(draw(st.lists(nats, min_size=1, max_size=4)))
    weights = st.lists(shares, min_size=len(logprobs) - 1, max_size=len(logprobs) - 1).map(tuple)
    attention = draw(st.dictionaries(st.integers(0, 30), weights, max_size=2))
    score = st.builds(ProbeScore, st.floats(-900, 900), st.just("mine"))
    places: st.SearchStrategy[Position] = st.sampled_from(("before", "after"))
    scores = draw(st.dictionaries(places, score))
    read = Internals(
        logprobs, attention, scores, "" if attention else "no attention", "" if scores else "no probe"
    )  # fmt: skip
    return draw(st.none() | st.just(read))


@st.composite
def evidences(draw: st.DrawFn) -> Evidence:
    """Any evidence that the pipeline can gather, and some that it cannot."""
    asked = draw(st.lists(st.sampled_from((*PROBES, LETTER)), unique=True))
    answer = draw(answers())
    return Evidence(
        question=Question(draw(texts), tuple(draw(st.lists(messages, max_size=2)))),
        answer=answer,
        options=tuple(draw(st.lists(st.sampled_from(("dog", "bee", "a cow", "B", "é")), max_size=5))),
        probes={name: draw(probes(name)) for name in asked},
        **draw(sampled()),
        claims=draw(claims(answer)),
        internals=draw(internals()),
        provenance=draw(provenances),
    )


counts = st.none() | st.integers(0, 10**6)
provenances = st.builds(
    Provenance,
    model=texts,
    engine=texts,
    model_sha256=st.none() | texts,
    prompts=st.dictionaries(texts, texts, max_size=2),
    options=st.dictionaries(
        texts, st.none() | st.booleans() | st.integers(-9, 9) | st.floats(-9, 9) | texts, max_size=4
    ),
    versions=st.dictionaries(texts, texts, max_size=2),
    created=texts,
    seed=st.none() | st.integers(0, 2**31),
    dropped_turns=st.integers(0, 9),
    cost=st.builds(Cost, st.integers(0, 99), counts, counts, counts, st.floats(0, 1e4)),
)
signals = st.builds(
    Signal, texts, shares, calibrated=st.none() | shares, per_option=st.lists(shares, max_size=3).map(tuple)
) | st.builds(Signal, texts, st.none(), texts.filter(bool))
markers = st.builds(
    MarkerMatch, texts, st.integers(0, 9), st.integers(0, 9), texts, shares, shares, shares, texts
)
decisions = st.builds(Decision, st.booleans(), st.none() | shares, shares, texts, texts, st.booleans())
assessments = st.builds(
    Assessment,
    evidences(),
    st.lists(signals, max_size=3).map(tuple),
    st.lists(markers, max_size=2).map(tuple),
    decisions,
)

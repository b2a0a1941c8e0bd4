"""Random assessments with the longest texts that occur: for tests of the layout."""

import math
from collections.abc import Iterator
from random import Random

from estimators import ESTIMATORS, find_markers
from estimators.abstention import decide
from estimators.calibration.apply import redecide
from estimators.reading import Reading, read
from estimators.text.content_words import listed
from estimators.types import (
    Answer,
    Assessment,
    Claim,
    Evidence,
    FidelityChain,
    Message,
    Probe,
    Provenance,
    Question,
    Signal,
    Token,
)
from tests.ui.measured import measured

WORDS = listed(
    """
    the capital of Australia is probably Canberra although Sydney was larger in 1908 Vermeer Michelangelo perhaps 3.14159
    Donaudampfschifffahrtsgesellschaftskapitänsmütze 首都はキャンベラ שלום 👩‍👩‍👧‍👦 definitely not New
    South Wales because it might be Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch said
    """
)
REASONS = (
    "the model did not answer with a letter (the option letters hold 3 % of the probability)",
    "the calibration needs signals that were not requested: likert_third_oc_expected, self_consistency",
    "the answer begins with the letter of an option that it does not choose",
    "the server sends no log-probabilities",
    "7 of 23 sentences got no True or False",
)
FAILED = (
    "it hardly separates right from wrong answers (AUROC 0.52 [0.41, 0.63])",
    "97 % of its readings are at 99 % or above",
    "it is the same for all but a few of 240 answers",
)
ENDS = (0.0, 1.0, 0.0004, 0.9996, 0.5)


def generated(count: int, seed: int = 7) -> Iterator[tuple[Assessment, Reading]]:
    """This many assessments with their readings."""
    random = Random(seed)
    for _ in range(count):
        assessment = _assessment(random)
        names = [signal.name for signal in assessment.signals]
        failed = {name: random.choice(FAILED) for name in names if random.random() < 0.2}
        yield assessment, read(assessment, {}, failed=failed)


def _assessment(random: Random) -> Assessment:
    options = tuple(_text(random, 6) for _ in range(random.randint(2, 5))) if random.random() < 0.3 else ()
    answer = _answer(random, options)
    question = Question(_text(random, 12))
    probes = {
        name: _probe(random, name)
        for name in ("likert_third", "p_true_third", "numeric")
        if random.random() < 0.8
    }
    samples, groups, ungrouped, shown_group = _samples(random, options)
    evidence = Evidence(
        question,
        answer,
        options,
        probes,
        samples,
        groups,
        ungrouped,
        shown_group=shown_group,
        chains=(FidelityChain(("A", "B")),) if random.random() < 0.3 else (),
        claims=_claims(answer) if random.random() < 0.3 else (),
        provenance=Provenance(
            "scripted", "script", "ab" * 32, {"numeric": "cd" * 32}, {}, {}, "2026-11-26T10:00:00Z", 3
        ),
    )
    signals = tuple(_signal(random, estimator.name) for estimator in ESTIMATORS if random.random() < 0.6)
    decision = decide(signals, random.choice((0.0, 0.5, 0.85, 1.0)))
    assessment = Assessment(evidence, signals, find_markers(answer.text), decision)
    return redecide(assessment, measured(kinds=("free", "choice"))) if random.random() < 0.5 else assessment


def _text(random: Random, most: int) -> str:
    return " ".join(random.choices(WORDS, k=random.randint(1, most)))


def _answer(random: Random, options: tuple[str, ...]) -> Answer:
    words = (
        ["B.", *random.choices(WORDS, k=random.randint(1, 30))] if options else random.choices(WORDS, k=30)
    )
    tokens = tuple(_token(random, word if not place else f" {word}") for place, word in enumerate(words))
    return Answer("".join(token.text for token in tokens), tokens)


def _token(random: Random, text: str) -> Token:
    p = random.uniform(0.05, 0.99)
    others = [(f" {random.choice(WORDS)}", math.log((1 - p) / 3)) for _ in range(3)]
    return Token(text, math.log(p), ((text, math.log(p)), *others))


def _probe(random: Random, name: str) -> Probe:
    return Probe(name, (Message("user", _text(random, 40)),), Answer(_text(random, 5)))


def _samples(
    random: Random, options: tuple[str, ...]
) -> tuple[tuple[Answer, ...], tuple[tuple[int, ...], ...], str, int | None]:
    if options or random.random() < 0.5:
        return (), (), "", None
    samples = tuple(Answer(_text(random, 25)) for _ in range(6))
    return samples, ((0, 1, 2), (3, 4), (5,)), "", random.choice((0, 1, None))


def _claims(answer: Answer) -> tuple[Claim, ...]:
    middle = len(answer.text) // 2
    return (Claim((0, middle)), Claim((middle, len(answer.text))))


def _signal(random: Random, name: str) -> Signal:
    if random.random() < 0.2:
        return Signal(name, None, random.choice(REASONS))
    return Signal(name, random.choice((*ENDS, random.random(), random.random())))

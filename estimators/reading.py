"""What an answer and its evidence say beyond the record: computed once, for all who show it."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from estimators.alignment import Alignment, alignment
from estimators.calibration.scope import usable
from estimators.markers.mic import OwnMarkers
from estimators.missing import Missing
from estimators.other_answers import OtherAnswer, other_answers
from estimators.parsing.candidates import Candidate, candidates, label_texts
from estimators.parsing.likert_scale import read_likert
from estimators.passages import passages
from estimators.signals.claims import ClaimReading, claim_readings, weakest_claim
from estimators.signals.key_span import Span, key_span
from estimators.signals.scored_elsewhere import own as own_part
from estimators.signals.scored_elsewhere import signals_scored_elsewhere
from estimators.signals.token_probability import SequenceProbability
from estimators.signals.uncertainty_fidelity import UncertaintyFidelity, uncertainty_fidelity
from estimators.signals.verbalized import Likert
from estimators.types import Answer, Assessment, Evidence, Probe, Question

_LIKERT = {
    likert.name: likert
    for likert in (Likert(third, weigh, "label") for third in (True, False) for weigh in (True, False))
}


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence or block of code: its characters, its claim, its tokens (first, last + 1), and their geometric mean.

    ``claim`` is None if it claims nothing, and ``probability`` without tokens.
    """

    span: Span
    tokens: tuple[int, int]
    probability: float | None
    claim: Span | None = None


@dataclass(frozen=True, slots=True)
class BetterOption:
    """The option with the highest probability, where the answer shows another."""

    text: str
    probability: float


@dataclass(frozen=True, slots=True)
class Reading:
    """An answer as it reads so far; the fields from ``claims`` on need its evidence."""

    sentences: tuple[Sentence, ...] = ()
    probability: float | None = None  # geometric mean of the token probabilities
    answer_words: Span | None = None  # the words that answer the question, once the answer is complete
    claims: tuple[ClaimReading, ...] = ()
    weakest: ClaimReading | None = None  # of several claims
    better_option: BetterOption | None = None
    candidates: tuple[Candidate, ...] = ()
    texts: Mapping[str, str] = field(default_factory=dict)  # behind the letters of the fidelity chains
    fidelity: UncertaintyFidelity | None = None
    no_fidelity: str = ""  # why there is none
    alignment: Alignment | None = None
    stated_label: str = ""  # the Likert label that the stated certainty is the value of
    usable: bool = False  # a calibration could be made from it
    own: OwnMarkers | None = None  # what markers mean with this model
    others: tuple[OtherAnswer, ...] = ()  # what else the answer could have been
    failed: Mapping[str, str] = field(
        default_factory=dict
    )  # signals that say nothing about this model's answers, with the reason

    @property
    def claimed(self) -> tuple[Sentence, ...]:
        """The sentences that claim something."""
        return tuple(sentence for sentence in self.sentences if sentence.claim)


def read_so_far(answer: Answer) -> Reading:
    """The reading of an answer that is still being written."""
    signal = SequenceProbability()(Evidence(Question(""), answer))
    return Reading(_sentences(answer), signal.confidence)


def _sentences(answer: Answer) -> tuple[Sentence, ...]:
    """The sentences with the tokens that begin in them; each has at least one token as long as there are any."""
    sentences, first, stop, position = [], 0, 0, 0
    for passage in passages(answer.text):
        span = passage.span
        while stop < len(answer.tokens) and (position < span[1] or stop == first):
            position, stop = position + len(answer.tokens[stop].text), stop + 1
        logprobs = [token.logprob for token in answer.tokens[first:stop]]
        mean = math.exp(math.fsum(logprobs) / len(logprobs)) if logprobs else None
        sentences.append(Sentence(span, (first, stop), mean, passage.claim))
        first = stop
    return tuple(sentences)


def answer_words(question: Question, answer: Answer) -> Span | None:
    """Where the answer words are; None if only a part of the answer is scored, or if it adds nothing to the question."""
    whole = answer.judged_text.strip() == answer.text.strip()
    return key_span(question.text, answer.text) if whole else None


def read(
    assessment: Assessment,
    medians: Mapping[str, float] | None = None,
    own: OwnMarkers | None = None,
    failed: Mapping[str, str] | None = None,
) -> Reading:
    """The reading of an assessed answer.

    ``medians``: the calibration's median per signal, the cuts between high and low. ``own``: what markers mean with this
    model. ``failed``: the signals that fail the calibration's validity screen, with the reason; those that another model
    scored count as such.
    """
    so_far, elsewhere = read_so_far(assessment.evidence.answer), signals_scored_elsewhere(assessment)
    assessment = own_part(assessment)
    evidence = assessment.evidence
    claims = claim_readings(evidence)
    words = answer_words(evidence.question, evidence.answer)
    failed = {**(failed or {}), **elsewhere}
    aligned = alignment(assessment.signals, medians=medians, failed=failed)
    fidelity, no_fidelity = None, ""
    try:
        fidelity = uncertainty_fidelity(evidence)
    except Missing as reason:
        no_fidelity = str(reason)
    return Reading(
        so_far.sentences,
        so_far.probability,
        words,
        claims,
        weakest_claim(evidence) if len(claims) > 1 else None,
        better_option(assessment),
        candidates(evidence),
        label_texts(evidence, none_of_these=""),
        fidelity,
        no_fidelity,
        aligned,
        stated_label(aligned, evidence.probes),
        usable(evidence),
        own,
        other_answers(assessment, words),
        failed,
    )


def better_option(assessment: Assessment) -> BetterOption | None:
    """The most probable option; None if the answer shows it or it is unknown."""
    signal = assessment.signal("p_ic")
    if signal is None or signal.confidence is None or not signal.per_option:
        return None
    best = max(range(len(signal.per_option)), key=lambda index: signal.per_option[index])
    if signal.per_option[best] <= signal.confidence:
        return None
    return BetterOption(assessment.evidence.options[best], signal.per_option[best])


def stated_label(aligned: Alignment | None, probes: Mapping[str, Probe]) -> str:
    """The Likert label whose value is the stated certainty; empty if the certainty is an average or stated otherwise."""
    likert = _LIKERT.get(aligned.expressed.name) if aligned else None
    probe = probes.get(likert.probe) if likert else None
    label = read_likert(probe.reply.text) if probe else None
    return label[0] if label and aligned and label[1] == aligned.expressed.confidence else ""

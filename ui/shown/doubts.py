"""The doubtful places of an answer, which the page marks in its text."""

import math
from collections.abc import Iterator

from chains.pipeline.turn import Turn
from estimators.percent import percent
from estimators.reading import Sentence
from estimators.types import Answer

DOUBTFUL = 0.5  # a judged sentence, or a word of a short answer, below this is doubtful
RARE = 0.2  # a word of a long answer, in a sentence that was not judged
Place = list[int | str]  # first token, last token + 1, why


def doubtful_places(turn: Turn) -> list[Place]:
    """The judged sentences that are rather false than true, and elsewhere the words that were improbable.

    Empty while the answer is being written, and without token probabilities of the model itself.
    """
    if turn.answer is None or turn.stage == "answering":
        return []
    judged = {claim.span: claim.p_true for claim in turn.reading.claims if claim.p_true is not None}
    limit = RARE if len(turn.reading.claimed) > 1 else DOUBTFUL
    places: list[Place] = []
    for sentence in turn.reading.sentences:
        p_true = judged.get(sentence.claim) if sentence.claim else None
        if p_true is None and not turn.scored_by:
            places += _words(turn.answer, sentence, limit)
        elif p_true is not None and p_true < DOUBTFUL and sentence.tokens[0] < sentence.tokens[1]:
            why = f"Asked whether this sentence is true, the model leaned only {percent(p_true)} to yes."
            places.append([*sentence.tokens, why])
    return places


def _words(answer: Answer, sentence: Sentence, limit: float) -> Iterator[Place]:
    """The improbable words of a sentence; tokens side by side are one place."""
    first: int | None = None
    for index, token in enumerate([*answer.tokens[slice(*sentence.tokens)], None], sentence.tokens[0]):
        doubtful = token is not None and math.exp(token.logprob) < limit and any(map(str.isalnum, token.text))
        if doubtful and first is None:
            first = index
        elif not doubtful and first is not None:
            lowest = min(answer.tokens[first:index], key=lambda other: other.logprob)
            why = f"The model was only {percent(math.exp(lowest.logprob))} sure of “{lowest.text.strip()}”."
            yield [first, index, why]
            first = None

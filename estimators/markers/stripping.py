"""Removes epistemic markers from sentences, and names the marker of each sentence."""

import re
from collections.abc import Iterable

from estimators.markers.lexicon import FOLD
from estimators.markers.matcher import find_markers
from estimators.markers.polarity import denies
from estimators.sentences import sentence_spans
from estimators.types import MarkerMatch

NO_HEDGE = "<no_hedge>"  # the pseudo-marker of a sentence without a marker

# A claim that its marker denies ("unlikely") is kept and explicitly denied.
_DENIED = "It is not so that"
_DENIED_ALONE = "It is not so"
# Surveyed forms of the same word.
_ONE_WORD = {"probably": "probable"}

_THAT = r"(?:\s*,?\s+(?:that|whether|if)\b)?"
_FRAME = re.compile(
    r"(?:(?<=^)|(?<=[\s(]))(?:(?:it|there|that|this)(?:\s+(?:is|was|are|were|remains|seems|appears)|['’]s)"
    r"(?:\s+(?:also|still|only|just))?(?:\s+(?:an?|the))?\s+)$",
    re.IGNORECASE,
)
_AFTER_CLAUSE = re.compile(
    r"(?:\s+(?:about|of|on|in)\s+(?:it|this|that|my\s+answer|the\s+answer))?\s*,?\s*(?:but|that|whether|if)?\s*,?\s*",
    re.IGNORECASE,
)
_CLAUSE = re.compile(
    r"(?:i|we|my|it|there|as|to|if|in|from|with|so|unless|rest|you|correct|this|the|without|no|not|beyond|who)\b",
    re.IGNORECASE,
)
_NEGATED = re.compile(r"(?:\bnot|\bnever)\Z")
_TO = re.compile(r"\s+to\s+(?P<verb>\w+)\b", re.IGNORECASE)
_COPULA = re.compile(
    r"(?:\b(?:is|are|was|were)|(?<=\b(?:it|he))['’]s|(?<=\bthat)['’]s|(?<=\bthis)['’]s)\s+$", re.IGNORECASE
)
_MODAL = re.compile(r"(?:may|might|could)\b", re.IGNORECASE)
_UNDETERMINED = re.compile(r"(?:could|may|might) not be \w")  # denies knowledge, not the claim
_EMPTY_SENTENCE = re.compile(r"[\W_]*\Z")
# The "It is" of "It is probably not Rome" is part of the marker; it stays with its "not".
_SUBJECT = re.compile(r"(?:it|that|this|there)(?:\s+(?:is|was)|['’]s)\s+", re.IGNORECASE)
_REPLY = re.compile(r"(?:no|nope|nah|yes|well)\b\s*[,:;–—-]?\s*", re.IGNORECASE)
_SO = re.compile(r"(?:it|that|this)(?:\s+(?:is|was)|['’]s)(?:\s+so)?\W*\Z", re.IGNORECASE)
_BARE_NOT = re.compile(r"\A(?:(?:no|nope)\W+)?not(?=\W*\Z)", re.IGNORECASE)


def canonical(marker: str) -> str:
    """The form under which markers are counted: "probable" and "probably" count together.

    The lexicon already normalizes case, punctuation, contractions, a leading "it's", "also"
    and plurals; a ``MarkerMatch`` has its canonical form.

    >>> canonical("probably"), canonical("likely")
    ('probable', 'likely')
    """
    return _ONE_WORD.get(marker, marker)


def sentence_markers(text: str) -> tuple[tuple[tuple[int, int], str], ...]:
    """Start, end and canonical first marker of every sentence, ``NO_HEDGE`` if it has none.

    >>> sentence_markers("It is probably so. It rains.")
    (((0, 18), 'probable'), ((19, 28), '<no_hedge>'))
    """
    matches = find_markers(text)
    return tuple((span, _first(matches, span)) for span in sentence_spans(text))


def _first(matches: Iterable[MarkerMatch], span: tuple[int, int]) -> str:
    inside = (match.marker for match in matches if span[0] <= match.start < span[1])
    return canonical(next(inside, NO_HEDGE))


def strip_markers(text: str, matches: tuple[MarkerMatch, ...] | None = None) -> str:
    """The text without its markers, with every sentence still well formed: the bare claims.

    The assertion of a sentence stays the same: if its marker denies the claim
    (``polarity``), a denial remains. "Probably not" leaves "not", and a marker that
    denies its entire clause ("unlikely", "I doubt", "no chance") puts "It is not so
    that" before it. A modal becomes the plain verb ("may be" → "is"; "might rain"
    → "does rain"), and an expression of ignorance ("I'm not sure whether") leaves its
    clause as a claim. A sentence that was only a marker is removed, or becomes "No." if
    the marker denies.

    matches : the markers to remove, in order; None: all that ``find_markers`` returns

    >>> strip_markers("I'm not sure, but I think it is probably Rome.")
    'It is Rome.'
    >>> strip_markers("It is unlikely that it froze.")
    'It is not so that it froze.'
    """
    matches = find_markers(text) if matches is None else matches
    position = 0
    pieces: list[str] = []
    for start, end in sentence_spans(text):
        inside = tuple(match for match in matches if start <= match.start and match.end <= end)
        kept = _stripped(text[start:end], inside, start) if inside else text[start:end]
        if kept:
            pieces.append(text[position:start] if pieces else text[:start] if position == 0 else "")
            pieces.append(kept)
        position = end
    return "".join(pieces) + text[position:]


def _stripped(sentence: str, matches: tuple[MarkerMatch, ...], offset: int) -> str:
    """One sentence without its markers; empty if it had only markers and none of them denies."""
    denied = any(denies(match.marker) and not _keeps_its_not(match) for match in matches)
    for match in reversed(matches):
        before, after = sentence[: match.start - offset], sentence[match.end - offset :]
        sentence = _without(before, match.text, after, denies(match.marker))
    sentence = re.sub(
        r"^of\s+", "there is ", _tidy(sentence), flags=re.IGNORECASE
    )  # "a small chance of rain"
    if denied:
        return _denial(sentence)
    if any(denies(match.marker) for match in matches):
        sentence = _BARE_NOT.sub("No", sentence)
    if _EMPTY_SENTENCE.match(sentence):
        return ""
    return sentence[:1].upper() + sentence[1:]


def _keeps_its_not(match: MarkerMatch) -> bool:
    """Whether the "not" of a denying marker stays in the sentence when the marker is removed."""
    folded = match.text.translate(FOLD)
    return bool(_NEGATED.search(folded)) or (_MODAL.match(folded) is not None and "not" in folded.split())


def _denial(claim: str) -> str:
    """The denial of a claim; "No." for an empty claim; an opening "No, …" stays in front.

    >>> _denial("it rains."), _denial("No, it is so."), _denial("?")
    ('It is not so that it rains.', 'No, it is not so.', 'No?')
    """
    reply = _REPLY.match(claim)
    opening, rest = (claim[: reply.end()], claim[reply.end() :]) if reply else ("", claim)
    mark = re.search(r"\W*\Z", rest)
    end = (mark.group().strip() if mark else "") or "."
    if _EMPTY_SENTENCE.match(rest):
        return f"{claim[: reply.end()].rstrip(' ,:;–—-')}{end}" if reply else f"No{end}"
    denial = (
        _DENIED_ALONE + end
        if _SO.match(rest)
        else f"{_DENIED} {lowered(re.sub(r'^[Tt]hat (?!is|was)', '', rest))}"
    )
    return opening + (denial[:1].lower() + denial[1:] if opening else denial)


def _without(before: str, marker: str, after: str, denying: bool) -> str:
    """A sentence without one marker, depending on the marker's part of speech."""
    folded = " ".join(marker.translate(FOLD).split())
    if _UNDETERMINED.match(folded):
        return re.sub(r"\bit\s+\Z", "", before, flags=re.IGNORECASE) + _AFTER_CLAUSE.sub("", after, count=1)
    if _MODAL.match(folded):
        return before + _plain_verb(before, folded, after)
    if denying and _NEGATED.search(folded):
        subject = _SUBJECT.match(marker)
        return before + (subject.group() if subject else "") + "not" + after
    framed = _FRAME.search(before)
    is_clause = re.match(_THAT + r"\s*$|" + r"\s*,?\s+(?:that|whether|if)\b", after) is not None
    if framed and (is_clause or re.match(r"\s+(?:it|he|she|they|the|this|there)\b", after)):
        return before[: framed.start()] + _AFTER_CLAUSE.sub("", after, count=1)
    if (
        re.match(r"(?:it|there)(?:\s+(?:is|was)|['’]s|\s+(?:seems|appears|looks))|it isn't|there", folded)
        and not is_clause
    ):
        if _TO.match(after):
            return before + _verb_after("it is ", after)
        if not re.match(r"\s*,?\s+\w+\s+\w+", after):
            return (
                before
                + ("there is" if folded.startswith("there") else "it is")
                + (after if re.match(r".*\w", after) else f" so{after}")
            )
        return before + _AFTER_CLAUSE.sub("", after, count=1)
    if re.match(r"(?:seems?|appears?|seemed|appeared)\s+to\s+(?:be|have)", folded):
        return before + _copula(before, folded) + after
    if _COPULA.search(before) and _TO.match(after):
        return _verb_after(before, after)
    if _COPULA.search(before) and not re.match(r".*\w", after):
        return before + "so" + after
    if _CLAUSE.match(folded) and not _NEGATED.search(folded) and re.match(r".*\w", after):
        return before + _AFTER_CLAUSE.sub("", after, count=1)
    return before + after


def _verb_after(before: str, after: str) -> str:
    """ "is likely to be Rome" → "is Rome", "… to have sunk" → "has sunk", "… to change" → "will change"."""
    verb = _TO.match(after)
    if verb is None or verb["verb"] == "be":
        return before.rstrip() + after[verb.end() if verb else 0 :]
    subject = before[: copula.start()] if (copula := _COPULA.search(before)) else before
    return subject + ("has" if verb["verb"] == "have" else f"will {verb['verb']}") + after[verb.end() :]


def _copula(before: str, folded: str) -> str:
    """The verb that replaces "seems to be" or "appear to have"."""
    past = folded.startswith(("seemed", "appeared"))
    plural = folded.startswith(("seem ", "appear "))
    if folded.endswith("have"):
        return "have" if plural else "has"
    return ("were" if plural else "was") if past else ("are" if plural else "is")


def _plain_verb(before: str, folded: str, after: str) -> str:
    """The text after a subject when its "may", "might" or "could" is removed."""
    subject = re.search(r"([\w’']+)\s*$", before)
    plural = bool(subject and re.fullmatch(r"they|we|you|these|those|\w+[^s’']s", subject[1], re.IGNORECASE))
    first = bool(subject and subject[1].lower() == "i")
    # "may or may not" claims neither
    negation = " not" if "not" in folded.split() and "or" not in folded.split() else ""
    if folded.endswith(" be"):
        return ("am" if first else "are" if plural else "is") + negation + after
    verb = re.match(r"(\s+(?:also|still|even|just|well))?\s+(be|have)\b", after)
    if verb:
        forms = {
            "be": "am" if first else "are" if plural else "is",
            "have": "have" if plural or first else "has",
        }
        return forms[verb[2]] + negation + (verb[1] or "") + after[verb.end() :]
    return ("do" if plural or first else "does") + negation + after


def lowered(sentence: str) -> str:
    """A sentence as it reads after "that": lower-case at the start, unless the first word is a name or "I"."""
    first = re.match(
        r"(?:The|A|An|It|He|She|They|We|You|This|That|There|These|Those|In|On|At|His|Her|Its)\b", sentence
    )
    return sentence[:1].lower() + sentence[1:] if first else sentence


def _tidy(sentence: str) -> str:
    """Repairs spaces and commas after words were removed."""
    sentence = re.sub(r"\s{2,}", " ", sentence)
    sentence = re.sub(r"\(\s*\)", "", sentence)
    sentence = re.sub(r"\s+([,.;:!?)])", r"\1", sentence)
    sentence = re.sub(r"([,;:])(?:\s*,)+", r"\1", sentence)
    sentence = re.sub(r",\s*(?:but|and|though|although|however)?\s*(?=[.!?]*$)", "", sentence)
    sentence = re.sub(r",(?=[.;:!?])", "", sentence)
    return re.sub(
        r"^[\s,;:]*(?:(?:but|and|though|although)\b\s*,?\s*|that\s+(?=\w+\s+(?:is|was|are|were)\b))?",
        "",
        sentence,
    ).strip()

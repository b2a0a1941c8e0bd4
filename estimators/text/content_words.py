"""The content words of an answer: folded, without markers of doubt, and not in the question."""

import re
import unicodedata
from functools import lru_cache

from estimators.markers.matcher import find_markers
from estimators.markers.polarity import denies
from estimators.sentences import sentence_spans

_LETTERS = str.maketrans({"ß": "ss", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "æ": "ae", "œ": "oe", "đ": "d",
                          "’": "'", "‘": "'", "ʼ": "'", "−": "-", "–": "-", "—": "-", "₂": "2", "₃": "3"})  # fmt: skip
CACHED = 4096  # texts whose words are cached, because samples are compared pairwise
_MARKUP = re.compile(r"[*_`#]+")
WORD = re.compile(r"[^\W_]+(?:['.][^\W_]+)*")


def listed(text: str) -> tuple[str, ...]:
    """The words of a text, as a tuple."""
    return tuple(text.split())


# Opening words that claim nothing: "Certainly. …"
COURTESIES = frozenset(listed("certainly sure absolutely indeed yes of course hello okay ok well"))


FUNCTION_WORDS = frozenset(
    listed(
        """
    a an the this that these those it its it's i i'm you he she they them his her their we our us my me who
    whom whose which what when where why how is are was were be been being am do does did done has have had
    having will would shall should can could may might must of in on at by to from with for as into onto
    about around than then there here and or but so if because since while also too very just only some any
    such own same other both each s t not no yes answer called known named name say said says commonly
    usually often generally mainly mostly primarily typically roughly approximately nearly almost actually
    indeed however therefore located situated considered referred occurs happens exactly certain sure
    confident definitely certainly well its' your i'd i've don't isn't aren't wasn't weren't doesn't didn't
    although though during within under over between according correct right true kind type one
    """
    )
)


_IRREGULAR = dict(
    pair.split("/")
    for pair in listed(
        """
        made/make making/make wrote/write written/write writing/write built/build won/win winning/win led/lead
        began/begin begun/begin fell/fall fallen/fall sank/sink sunk/sink sold/sell took/take taken/take lay/lie
        lies/lie lying/lie gave/give given/give known/know knew/know spoke/speak spoken/speak drew/draw drawn/draw
        ate/eat eaten/eat became/become came/come went/go ran/run held/hold stood/stand fought/fight taught/teach
        beaten/beat named/name invented/invent produced/produce produces/produce ruled/rule rules/rule used/use
        uses/use lives/live lived/live living/live divided/divide created/create founded/found
        """
    )
)


def fold(text: str) -> str:
    """The text without accents, markup and typographic variants; case is kept.

    >>> fold("**Dvořák’s** Brasília")
    "Dvorak's Brasilia"
    """
    plain = unicodedata.normalize("NFKD", _MARKUP.sub("", text).translate(_LETTERS))
    return "".join(letter for letter in plain if not unicodedata.combining(letter))


def stem(word: str) -> str:
    """A word without its most common endings, so that "scatters" and "scattered" match.

    >>> [stem(word) for word in ("countries", "scattered", "beating", "bees", "is")]
    ['country', 'scatter', 'beat', 'bee', 'is']
    """
    word = word.lower().removesuffix("'s")
    word = _IRREGULAR.get(word, word)
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    for ending, rest in (("ing", 4), ("ed", 4), ("s", 3)):
        if word.endswith(ending) and len(word) - len(ending) >= rest - 1 and not word.endswith("ss"):
            return word.removesuffix(ending)
    return word


@lru_cache(CACHED)
def without_doubt(text: str) -> str:
    """The text with its markers blanked out at the same positions; a "not" at the end of one stays.

    >>> without_doubt("It is probably Rome.")
    'It is          Rome.'
    """
    for marker in find_markers(text):
        end = marker.end - 3 if marker.text.lower().endswith(" not") else marker.end
        text = text[: marker.start] + " " * (end - marker.start) + text[end:]
    return text


@lru_cache(CACHED)
def denied_by_a_marker(text: str) -> bool:
    """Whether a marker that :func:`without_doubt` blanks out denies what the first sentence says.

    >>> denied_by_a_marker("Rain is unlikely."), denied_by_a_marker("It is probably not Rome.")  # "not" stays here
    (True, False)
    """
    first = next(iter(sentence_spans(text)), (0, 0))
    return any(
        denies(marker.marker) and not marker.text.lower().endswith(" not")
        for marker in find_markers(text)
        if marker.start < first[1]
    )


def words(text: str) -> tuple[str, ...]:
    """The words of a text as written, without accents.

    >>> words("It's CO₂, i.e. gas.")
    ("It's", 'CO2', 'i.e', 'gas')
    """
    return tuple(WORD.findall(fold(text)))


@lru_cache(CACHED)
def content_words(text: str, question: str = "") -> tuple[str, ...]:
    """The words of a text without markers, function words and words of the question.

    >>> content_words("The capital of Peru is probably Lima.", "What is the capital of Peru?")
    ('Lima',)
    """
    asked = {stem(word) for word in words(question)}
    return tuple(
        word
        for word in words(without_doubt(text))
        if word.lower() not in FUNCTION_WORDS and stem(word) not in asked
    )


def sentences(text: str) -> tuple[str, ...]:
    """The sentences of a text, in order.

    >>> sentences("It is. Is it?")
    ('It is.', 'Is it?')
    """
    return tuple(text[start:end] for start, end in sentence_spans(text))


def lead(text: str, question: str = "") -> str:
    """The content words of the first sentence with new content.

    >>> lead("The capital of Peru is Lima. It lies on the coast.", "What is the capital of Peru?")
    'Lima'
    """
    new = (content_words(sentence, question) for sentence in sentences(without_doubt(text)))
    return " ".join(next((group for group in new if group), ()))

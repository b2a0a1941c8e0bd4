"""The colours of code: ranges of characters, each with the class of its kind."""

from functools import lru_cache

from pygments.lexer import Lexer
from pygments.lexers import get_lexer_by_name
from pygments.token import Comment, Generic, Keyword, Name, Number, String, _TokenType
from pygments.util import ClassNotFound

MOST = 20_000  # characters that are coloured; the lexers need some ten seconds for a million
STEP = 1.25  # code that is being written is coloured again whenever it has grown by a quarter
_CLASSES: tuple[tuple[_TokenType, str], ...] = (
    (Keyword, "k"),
    (String, "s"),
    (Comment, "c"),
    (Number, "n"),
    (Name.Function, "f"),
    (Name.Class, "f"),
    (Name.Decorator, "f"),
    (Name.Tag, "k"),
    (Name.Attribute, "f"),
    (Name.Builtin, "b"),
    (Name.Constant, "b"),
    (Generic.Inserted, "i"),
    (Generic.Deleted, "d"),
)
Colours = tuple[tuple[int, int, str], ...]


def colours(language: str, code: str, growing: bool = False) -> Colours:
    """(start, end, class) of the coloured pieces of code; an unknown language has none.

    ``growing``: more code will follow. Then only its first part is coloured, up to one of few fixed lengths, so that
    the same part is read once.

    >>> colours("python", "x = 1")
    ((4, 5, 'n'),)
    """
    length = len(code)
    if growing or length > MOST:
        length = code.rfind("\n", 0, _step(min(length, MOST))) + 1
    return _coloured(language, code[:length])


def _step(length: int) -> int:
    """The longest of the fixed lengths that is not above this one."""
    step, following = 0.0, 80.0
    while following <= length:
        step, following = following, following * STEP
    return int(step)


@lru_cache(maxsize=64)
def _lexer(language: str) -> Lexer | None:
    try:
        return get_lexer_by_name(language, stripnl=False, ensurenl=False)
    except ClassNotFound:
        return None


@lru_cache(maxsize=256)
def _coloured(language: str, code: str) -> Colours:
    lexer = _lexer(language) if language else None
    if lexer is None:
        return ()
    pieces: list[tuple[int, int, str]] = []
    for place, kind, text in lexer.get_tokens_unprocessed(code):
        colour = next((colour for parent, colour in _CLASSES if kind in parent), "")
        if not colour or not text.strip():
            continue
        start = pieces.pop()[0] if pieces and pieces[-1][1:] == (place, colour) else place
        pieces.append((start, place + len(text), colour))
    return tuple(pieces)

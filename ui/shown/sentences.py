"""Reasons as sentences."""


def sentence(text: str) -> str:
    """A reason as a sentence; an empty one stays empty.

    >>> sentence("too few questions were measured")
    'Too few questions were measured.'
    >>> sentence("two said “It is Sydney.”")
    'Two said “It is Sydney.”'
    """
    ended = text.rstrip("”").endswith((".", "!", "?"))
    return text[:1].upper() + text[1:] + ("" if ended or not text else ".")

"""Reasons as sentences."""


def sentence(text: str) -> str:
    """A reason as a sentence; an empty one stays empty.

    >>> sentence("too few questions were measured")
    'Too few questions were measured.'
    """
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "!", "?")) or not text else ".")

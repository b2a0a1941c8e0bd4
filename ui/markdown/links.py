"""Which addresses become links, and what a link says about where it leads."""

import re
from urllib.parse import SplitResult, urlsplit

SCHEMES = ("http", "https", "mailto")
_BARE = re.compile(r"\bhttps?://[^\s<>\"`{}|\\^]+", re.IGNORECASE)
_AFTER = ".,;:!?'\"*_~)]’”"  # punctuation at the end of a sentence, not of an address


def allowed(address: str) -> bool:
    """Whether an address may become a link: a web or mail address without control characters.

    >>> allowed("https://example.org/a"), allowed("javascript:alert(1)"), allowed("//example.org")
    (True, False, False)
    """
    return destination(address) is not None


def destination(address: str) -> str | None:
    """The host, or the mail address, that a link leads to; None if the address may not become a link.

    >>> destination("https://user@münchen.example:8080/a")
    'xn--mnchen-3ya.example:8080'
    """
    parts = _parts(address)
    if parts is None:
        return None
    if parts.scheme == "mailto":
        return parts.path or None
    try:
        host = (parts.hostname or "").encode("idna").decode()
        return (f"{host}:{parts.port}" if parts.port else host) or None
    except ValueError:  # a label that is empty or too long, or a port that is no number
        return None


def _parts(address: str) -> SplitResult | None:
    if any(not character.isprintable() or character.isspace() for character in address):
        return None
    try:
        parts = urlsplit(address)
    except ValueError:
        return None
    return parts if parts.scheme in SCHEMES else None


def host_to_show(address: str, text: str) -> str:
    """The host that is shown after the text of a link; empty if the text already says it.

    >>> host_to_show("https://example.org/a", "the rules"), host_to_show("https://example.org/a", "example.org")
    ('example.org', '')
    """
    host = destination(address) or ""
    plain = text.strip()
    if "@" not in plain and destination(plain) == host:
        return ""
    said = plain.casefold().removeprefix("www.").rstrip("/")
    return "" if said == host.removeprefix("www.") else host


def bare_addresses(text: str) -> list[tuple[int, int]]:
    """Start and end of the web addresses that a text holds.

    >>> bare_addresses("See https://example.org/a_(b), then ask.")
    [(4, 29)]
    """
    spans = []
    for match in _BARE.finditer(text):
        address = match.group()
        while address and address[-1] in _AFTER and not _closes(address):
            address = address[:-1]
        if allowed(address):
            spans.append((match.start(), match.start() + len(address)))
    return spans


def _closes(address: str) -> bool:
    """Whether the last character is a parenthesis that was opened in the address."""
    return address[-1] == ")" and address.count("(") >= address.count(")")

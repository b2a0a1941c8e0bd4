"""Text that would do harm if not escaped, and a check of how a page shows it."""

from html.parser import HTMLParser

HOSTILE = (
    "<img src=x onerror=alert(1)>",
    '"><script>alert(1)</script>',
    "' onmouseover='alert(1)",
    "</p></div></script><b>x",
    "${alert(1)} {{alert(1)}} `x`",
    "&lt;b&gt; &amp; &#60;",
    "a\u2028b\u2029c",
    "\u202eright to left\u202c",
    "\\u003cb\\u003e \\",
)
HARMFUL = {"script", "img", "iframe", "object", "embed", "link", "base", "form"}


class Shown(HTMLParser):
    """The texts, attribute values and tags of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.texts: list[str] = [""]
        self.values: list[str] = []
        self.tags: list[str] = []
        self.names: set[str] = set()
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.texts.append("")
        for name, value in attributes:
            self.names.add(name)
            self.values.append(value or "")

    def handle_endtag(self, tag: str) -> None:
        self.texts.append("")

    def handle_data(self, data: str) -> None:
        self.texts[-1] += data

    def times(self, text: str) -> int:
        """How often a text is shown or is part of an attribute."""
        return sum(value.count(text) for value in (*self.texts, *self.values))


def faults(html: str, plain: str, fields: tuple[str, ...], text: str) -> list[str]:
    """What is wrong with a page of hostile text, compared with the same page of harmless text.

    ``fields`` names the places: each must show ``name: text``.
    """
    shown, harmless = Shown(html), Shown(plain)
    problems = [f"{name} does not arrive" for name in fields if not shown.times(f"{name}: {text}")]
    if shown.tags != harmless.tags:
        problems.append(f"tags differ: {sorted(set(shown.tags) ^ set(harmless.tags))}")
    if shown.names != harmless.names:
        problems.append(f"attributes differ: {sorted(shown.names ^ harmless.names)}")
    if HARMFUL & (set(shown.tags) - set(harmless.tags)):
        problems.append("a tag from the text became markup")
    return problems

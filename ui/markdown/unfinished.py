"""What a text that is still being written is about to become: open emphasis, code, links and tables are closed."""

import re

_FENCE = re.compile(r"^[ \t>]*(?:[-+*][ \t]+|\d+[.)][ \t]+)*(`{3,}|~{3,})", re.MULTILINE)
_BEGINS_BLOCK = re.compile(r"(?:^|\n)[ \t]*(?=\n|[-+*][ \t]|\d+[.)][ \t]|#{1,6}[ \t]|>|\|)")
_ONLY_SYNTAX = re.compile(r"[ \t>]*(?:-+|=+|`{1,2}|[*_~]{1,3}|#{1,6}|\||[-+*][ \t]*\[[ xX]?)[ \t]*")
_DELIMITER_ROW = re.compile(r"[ \t]*\|?[ \t:|-]*")
_OPEN_LINK = re.compile(r"\]\([^()\s]*$")
_BARE_DELIMITER = re.compile(r"(?:(?<=[\s(|])|^)[*~]{1,3}\s*$")
_INLINE = re.compile(r"\\.|(`+)|\*\*|\*|~~", re.DOTALL)
_CELL_BAR = re.compile(r"(?<!\\)\|")


def completed(text: str) -> tuple[str, str]:
    """What to read in place of an unfinished text: its beginning, and what closes what is open there.

    >>> completed("It is **very"), completed("a **"), completed("| a | b")
    (('It is **very', '**'), ('a', ''), ('| a | b', '\\n|---|---|'))
    """
    if _in_fence(text):
        return text, ""
    line_start = text.rfind("\n") + 1
    if _ONLY_SYNTAX.fullmatch(text, line_start):
        return _with_table(text[:line_start].rstrip("\n"))
    return _with_table(text) if _header_before(text, line_start) is not None else _closed(text)


def _in_fence(text: str) -> bool:
    """Whether the text ends inside a fenced code block."""
    opened = ""
    for match in _FENCE.finditer(text):
        fence = match.group(1)
        if not opened:
            opened = fence
        elif fence.startswith(opened) and _rest_of_line(text, match.end()).strip() == "":
            opened = ""
    return bool(opened)


def _rest_of_line(text: str, start: int) -> str:
    end = text.find("\n", start)
    return text[start : end if end >= 0 else len(text)]


def _header_before(text: str, line_start: int) -> int | None:
    """Where the header of a table begins if the text ends in it or in the row of dashes below it; else None."""
    line = text[line_start:]
    above_start = text.rfind("\n", 0, max(0, line_start - 1)) + 1
    above = text[above_start : max(0, line_start - 1)].strip()
    if line.strip().startswith("|") and not above.startswith("|"):
        return line_start
    before = text[text.rfind("\n", 0, max(0, above_start - 1)) + 1 : max(0, above_start - 1)].strip()
    if above.startswith("|") and not before.startswith("|") and _DELIMITER_ROW.fullmatch(line):
        return above_start
    return None


def _with_table(text: str) -> tuple[str, str]:
    """The text, and a complete row of dashes if it ends with the header of a table."""
    header_start = _header_before(text, text.rfind("\n") + 1)
    if header_start is None:
        return text, ""
    header = text[header_start:].partition("\n")[0]
    columns = len(_CELL_BAR.split(header.strip().removeprefix("|").removesuffix("|")))
    indent = header[: len(header) - len(header.lstrip())]
    return text[: header_start + len(header)], f"\n{indent}{'|---' * columns}|"


def _closed(text: str) -> tuple[str, str]:
    """The text, and what closes the emphasis, code and link that are open in its last paragraph."""
    text = _BARE_DELIMITER.sub("", text).rstrip()
    begins = [match.end() for match in _BEGINS_BLOCK.finditer(text, max(0, len(text) - 4000))]
    block = text[begins[-1] if begins else 0 :]
    if block.startswith("|"):
        block = block.lstrip("|").rpartition("|")[2]
    closing = ")" if _OPEN_LINK.search(block) else ""
    delimiters = _open_delimiters(block)
    if not delimiters:
        return text, closing
    return text.rstrip("*~` \t\n"), closing + "".join(reversed(delimiters))


def _open_delimiters(block: str) -> list[str]:
    """The delimiters that are open at the end of a paragraph, the outermost first."""
    opened: list[str] = []
    position = 0
    while match := _INLINE.search(block, position):
        delimiter, position = match.group(), match.end()
        if match.group(1):
            closes = re.compile(rf"(?<!`){delimiter}(?!`)").search(block, position)
            if closes is None:
                return [*opened, delimiter] if block[position:].strip("` ") else opened
            position = closes.end()
        elif delimiter in opened:
            del opened[opened.index(delimiter) :]
        elif not delimiter.startswith("\\") and _opens(block[position:]):
            opened.append(delimiter)
    return opened


def _opens(following: str) -> bool:
    """Whether a delimiter before this text can open: text follows at once."""
    return bool(following.strip("*~ ")) and not following.lstrip("*~")[:1].isspace()

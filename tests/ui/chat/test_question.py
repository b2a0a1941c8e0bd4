"""Text files in a message are read back as they were put in."""

from hypothesis import given
from hypothesis import strategies as st

from tests.ui.hostile import HOSTILE
from ui.shown.question import with_files, without_files

TEXTS = st.text(st.characters(exclude_categories=["Cs"])).filter(lambda text: "File “" not in text)


def test_fences_and_quotes_in_a_file_do_not_end_it() -> None:
    content = "```\ncode\n```\n````\nmore"
    message = with_files("Why?", [{"name": "a “b”.md", "text": content}, {"name": "", "text": "x"}])
    assert without_files(message) == ("Why?", [["a 'b'.md", content], ["file", "x"]])


def test_a_message_without_files_is_itself() -> None:
    for text in (*HOSTILE, "", "File “a”:\n```\nx\n```"):
        assert without_files(text) == (text, [])


@given(TEXTS, TEXTS.filter(str.strip))
def test_what_was_put_in_comes_out(typed: str, content: str) -> None:
    message = with_files(typed, [{"name": "a.txt", "text": content}])
    assert without_files(message) == (typed.rstrip(), [["a.txt", content.rstrip()]])

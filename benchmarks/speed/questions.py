"""The questions of the benchmark, each numbered, so that no turn finds its question in the prefix cache."""

from collections.abc import Iterator
from itertools import count

FIRST = 10  # of the numbers, which have two digits

LINE, PARAGRAPH, CHOICE = "one line", "60 tokens", "choice"
QUESTIONS = {
    LINE: "What is the capital of Australia?",
    PARAGRAPH: "Explain in three sentences why the sky is blue.",
    CHOICE: "Which of these animals can fly? Answer with its letter only.\nA. dog\nB. bee\nC. trout\nD. horse",
}
AGREE, DISAGREE = "samples agree", "samples differ"
CHECKED = {AGREE: "What is the capital of France?", DISAGREE: "Suggest one title for a poem about the sea."}


class Numbered:
    """Questions with a number before each, none of which occurs twice in a run."""

    def __init__(self) -> None:
        self._numbers: Iterator[int] = count(FIRST)

    def __call__(self, text: str) -> str:
        """The question with the next number.

        >>> Numbered()("Why?")
        'Question 10: Why?'
        """
        return f"Question {next(self._numbers)}: {text}"

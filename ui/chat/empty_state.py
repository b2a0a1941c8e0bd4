"""The chat before the first question."""

from ui.template_text import template_text

EXAMPLES = (
    "What is the capital of Australia?",
    "Who wrote the opera Fidelio?",
    "Which of these is the largest planet?\nA. Mars\nB. Jupiter\nC. Venus\nD. Earth",
)


def beginning(examples: tuple[str, ...]) -> str:
    """The empty state as a template, with a button for each example."""
    buttons = "".join(
        f'<button type="button" class="cr-example" data-text="{template_text(text)}">{template_text(text)}</button>'
        for text in examples
    )
    return (
        '<div class="cr-empty"><h2>How sure is it, really?</h2><p>Ask a question. In the answer, each word is tinted by '
        "how unlikely the model found it. To ask with options, write them as lines that start with “A.”, or as “(a) …”.</p>"
        f"{buttons}</div>"
    )

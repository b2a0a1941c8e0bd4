"""What stands in the chat before the first question."""

from ui.template_text import template_text

EXAMPLES = (
    "What is the capital of Australia?",
    "Who wrote the opera Fidelio?",
    "Which of these is the largest planet?\nA. Mars\nB. Jupiter\nC. Venus\nD. Earth",
)


def beginning(examples: tuple[str, ...]) -> str:
    """The invitation as a template, a button for each example."""
    buttons = "".join(
        f'<button type="button" class="cr-example" data-text="{template_text(text)}">{template_text(text)}</button>'
        for text in examples
    )
    return (
        '<div class="cr-empty"><h2>How sure is it, really?</h2><p>Ask a question. The answer appears here, each word '
        "tinted by how surprised the model was to write it. Options written as “A. …” lines or “(a) …” are "
        f"recognised.</p>{buttons}</div>"
    )

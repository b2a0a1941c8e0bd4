"""Text of others inside a template of Gradio's HTML part, which runs ``${…}`` and ``{{…}}`` as code."""

from html import escape

_CODE = str.maketrans({sign: f"&#{ord(sign)};" for sign in "$`{}\\"})


def template_text(text: str) -> str:
    r"""A text as it may stand in a template: escaped, and without the signs that a template reads.

    >>> template_text("a <b> ${x} {{y}}")
    'a &lt;b&gt; &#36;&#123;x&#125; &#123;&#123;y&#125;&#125;'
    """
    return escape(text).translate(_CODE)

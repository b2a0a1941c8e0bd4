"""Untrusted text inside a Gradio HTML template, which runs ``${…}`` and ``{{…}}`` as code."""

from html import escape

_CODE = str.maketrans({sign: f"&#{ord(sign)};" for sign in "$`{}\\"})


def template_text(text: str) -> str:
    r"""A text that is safe inside a template: HTML-escaped, with the template characters escaped as well.

    >>> template_text("a <b> ${x} {{y}}")
    'a &lt;b&gt; &#36;&#123;x&#125; &#123;&#123;y&#125;&#125;'
    """
    return escape(text).translate(_CODE)

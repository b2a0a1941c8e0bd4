"""Untrusted text inside a Gradio HTML template, which runs ``${…}`` and ``{{…}}`` as code."""

from html import escape

from markupsafe import Markup

_CODE = str.maketrans({sign: f"&#{ord(sign)};" for sign in "$`{}\\"})


def template_text(text: str) -> Markup:
    r"""A text that is safe inside a template: HTML-escaped, with the template characters escaped as well.

    >>> print(template_text("a <b> ${x} {{y}}"))
    a &lt;b&gt; &#36;&#123;x&#125; &#123;&#123;y&#125;&#125;
    """
    return Markup(escape(text).translate(_CODE))  # nosec B704 # escaped

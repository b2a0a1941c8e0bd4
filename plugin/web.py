"""The web component for pages of any server: its script, and an element with an assessment."""

import json
from importlib.resources import files

from markupsafe import Markup

from estimators.types import Assessment

_ELEMENT = Markup('<credence-answer assessment="{}"></credence-answer>')


def answer_script() -> str:
    """The JavaScript module of ``<credence-answer>``, to serve as a file or to put into a module script."""
    return (files(__package__) / "web_component" / "credence-answer.js").read_text(encoding="utf-8")


def answer_element(assessment: Assessment) -> Markup:
    """An assessment as an element, with every character escaped; the page must load ``answer_script()``."""
    return _ELEMENT.format(json.dumps(assessment.to_dict(), ensure_ascii=False))

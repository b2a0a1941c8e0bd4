"""What the page's header says about the model."""

from typing import Any

from langchain_core.language_models import BaseChatModel

from chains.calibration.fitting import Fit
from chains.identity import identity, model_note
from ui.risk import calibration_line


def header_value(model: BaseChatModel, fit: Fit, *, menu: bool, measured: bool) -> dict[str, Any]:
    """The header as data for the page to draw.

    Parameters
    ----------
    menu : whether its name is a button that opens the menu of models
    measured : whether the examples of the empty chat were measured with this model
    """
    who = identity(model)
    return {
        "name": str(who["model"]),
        "engine": str(who["engine"]),
        "calibration": calibration_line(fit),
        "caveat": model_note(model),
        "menu": menu,
        "measured": measured,
    }

"""Which calibration fits a model."""

from dataclasses import dataclass

from langchain_core.language_models import BaseChatModel

from chains.calibration.store import NONE, Saved, chosen_calibration, list_calibrations
from chains.identity import identity
from chains.settings import Settings
from estimators.calibration.apply import NOT_YET
from estimators.calibration.record import Calibration, Kind, KindCalibration
from estimators.missing import check_value_or_reason


@dataclass(frozen=True, slots=True)
class Fit:
    """The calibration to use, or why there is none."""

    calibration: Calibration | None
    reason: str = ""

    def __post_init__(self) -> None:
        check_value_or_reason("calibration", self.calibration, self.reason)

    def part(self, kind: Kind) -> KindCalibration | None:
        """The calibration of one kind of question; None without one."""
        return self.calibration.part(kind) if self.calibration else None


def fitting(model: BaseChatModel, name: str | None = None) -> Fit:
    """The calibration of that name; None: the chosen one if it fits, else the latest own one, else a shipped one.

    "none" means none. A calibration that does not fit the model file or the wording of the prompts is not used; the
    reason says so. A shipped one whose questions were not asked as typed is used only if it is chosen or named.
    """
    choice = name or chosen_calibration()
    if choice == NONE:
        return Fit(None, "calibration is switched off")
    every = list_calibrations(model)
    if name is not None:
        named = next((saved for saved in every if saved.name == name), None)
        if named is None:
            return Fit(None, f"there is no calibration named {name}")
        return Fit(None, _does_not_fit(named)) if named.misfit else Fit(named.calibration)
    usable = [
        saved for saved in every if not saved.misfit and (saved.name == choice or not _asked_otherwise(saved))
    ]
    if usable:
        best = max(
            usable, key=lambda saved: (saved.name == choice, not saved.shipped, saved.calibration.created)
        )
        return Fit(best.calibration)
    return Fit(None, _why_none_fits(every, identity(model)["model"], choice))


def _asked_otherwise(saved: Saved) -> bool:
    return saved.shipped and saved.calibration.asked.get("asking") != Settings().asking


def _why_none_fits(every: tuple[Saved, ...], model: str, choice: str | None) -> str:
    """Why the expected calibration does not fit: the chosen one, else the latest with this model's name."""
    meant = [saved for saved in every if saved.name == choice] or [
        saved for saved in every if saved.calibration.model == model and saved.misfit
    ]
    if not meant:
        return NOT_YET
    return _does_not_fit(max(meant, key=lambda saved: saved.calibration.created))


def _does_not_fit(saved: Saved) -> str:
    return f"the calibration {saved.name} does not fit: {saved.misfit}"

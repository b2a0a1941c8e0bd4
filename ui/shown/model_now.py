"""The model in use, and the answers that it can go on from."""

from dataclasses import dataclass

from estimators.calibration.record import misfit_model
from estimators.types import Provenance
from ui.chat.conversation import Entry


@dataclass(frozen=True, slots=True)
class ModelNow:
    """The model in use; ``continues``: whether it can continue an answer from another token."""

    name: str
    sha256: str | None
    continues: bool

    def wrote(self, entry: Entry) -> bool:
        """Whether the model in use wrote an answer; also if that is not known, as for an answer that broke off.

        What one model says about the answer of another would be recorded as about its own.
        """
        source = written_by(entry)
        return source is None or not misfit_model(source, Provenance(self.name, model_sha256=self.sha256))


def written_by(entry: Entry) -> Provenance | None:
    """The origin of an assessed answer; None for any other."""
    assessment = entry.turn.assessment if entry.turn else None
    return assessment.evidence.provenance if assessment else None

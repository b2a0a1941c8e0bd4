"""What every estimator is: it reads one confidence from the evidence and describes itself."""

from abc import ABC, abstractmethod

from estimators.missing import Missing
from estimators.types import Evidence, Signal

FREE = frozenset({"tokens", "options"})  # needs that the answer's own call meets


class Estimator(ABC):
    """Reads P(the shown answer is correct) from the evidence: a number from 0 to 1, or missing with a reason.

    A subclass names itself and implements ``read``, which raises Missing with the reason if there is no confidence.
    Calling the estimator never raises Missing.
    """

    __slots__ = ()

    @property
    @abstractmethod
    def name(self) -> str: ...
    @property
    @abstractmethod
    def title(self) -> str: ...  # row label in the panel
    @property
    def plain(self) -> str:
        """The row label in everyday words, where the panel shows only the few signals that count."""
        return self.title

    @property
    @abstractmethod
    def meaning(self) -> str: ...  # one plain sentence
    @property
    @abstractmethod
    def side(self) -> str: ...  # token · sample · verbal
    @property
    @abstractmethod
    def needs(self) -> tuple[str, ...]:
        """ "tokens", "options", "samples", "chains", "claims", "claims_third", or names of probes."""

    @abstractmethod
    def read(self, evidence: Evidence) -> float:
        """The confidence, from 0 to 1; raises Missing with the reason if there is none."""

    def read_options(self, evidence: Evidence) -> tuple[float, ...]:
        """The confidence of every option if the estimator has them; Σ = 1."""
        return ()

    def __call__(self, evidence: Evidence) -> Signal:
        """The signal: the confidence, or the reason why it is missing."""
        try:
            return Signal(self.name, self.read(evidence), per_option=self.read_options(evidence))
        except Missing as missing:
            return Signal(self.name, None, str(missing))

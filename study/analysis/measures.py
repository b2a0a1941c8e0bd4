"""The measures of the analysis: plain functions over trials.

Each takes the trials of one condition, pooled over participants, and returns a number, or raises NotDefined with the
reason if the trials it needs do not exist. "AI" is the answer that was shown.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from evaluation.metrics import NotDefined, auroc, ece
from study.analysis.trials import Floats, Trials


def reliance(trials: Trials) -> float:
    """Share of trials in which the final answer agrees with the AI or the AI answer was accepted; from 0 to 1.

    reliance = P(final = AI). Neither a high nor a low value is better in itself. Reference: Yin, Wortman Vaughan &
    Wallach (2019), who call it the agreement fraction.
    """
    return _mean(trials.with_all("relied").relied, "trial in which people could take the AI answer")


def over_reliance(trials: Trials) -> float:
    """Share of wrong AI answers that people relied on: P(final = AI | AI wrong); lower is better.

    Reference: Buçinca, Malaya & Gajos (2021); Vasconcelos et al. (2023).
    """
    usable = trials.with_all("relied", "ai_correct")
    return _mean(usable.relied[usable.ai_correct == 0], "trial with a wrong AI answer")


def under_reliance(trials: Trials) -> float:
    """Share of right AI answers that people rejected: P(final ≠ AI | AI right); lower is better.

    Reference: Vasconcelos et al. (2023).
    """
    usable = trials.with_all("relied", "ai_correct")
    return _mean(1 - usable.relied[usable.ai_correct == 1], "trial with a right AI answer")


def switch_fraction(trials: Trials) -> float:
    """How often people whose own answer differed switched to the AI answer: P(final = AI | own ≠ AI); from 0 to 1.

    Reference: Yin, Wortman Vaughan & Wallach (2019).
    """
    usable = trials.with_all("relied", "own_agrees")
    return _mean(
        usable.relied[usable.own_agrees == 0], "trial in which the person's own answer differed from the AI"
    )


def relative_ai_reliance(trials: Trials) -> float:
    """How often people whose own answer was wrong ended with the AI answer where it was right; 1 is best.

    RAIR = P(final = AI | own wrong, AI right); below 1 is under-reliance. Reference: Schemmer et al. (2023).
    """
    usable = trials.with_all("relied", "own_correct", "ai_correct")
    chosen = (usable.own_correct == 0) & (usable.ai_correct == 1)
    return _mean(
        usable.relied[chosen], "trial in which the person's own answer was wrong and the AI answer right"
    )


def relative_self_reliance(trials: Trials) -> float:
    """How often people whose own answer was right ended with a right answer where the AI was wrong; 1 is best.

    RSR = P(final right | own right, AI wrong); below 1 is over-reliance. Reference: Schemmer et al. (2023).
    """
    usable = trials.with_all("outcome_correct", "own_correct", "ai_correct")
    chosen = (usable.own_correct == 1) & (usable.ai_correct == 0)
    return _mean(
        usable.outcome_correct[chosen],
        "trial in which the person's own answer was right and the AI answer wrong",
    )


def own_accuracy(trials: Trials) -> float:
    """Share of right answers before seeing the AI answer; from 0 to 1."""
    return _mean(trials.with_all("own_correct").own_correct, "graded answer of the person's own")


def final_accuracy(trials: Trials) -> float:
    """Share of right final answers, or of right decisions in accept/reject; from 0 to 1."""
    return _mean(trials.with_all("outcome_correct").outcome_correct, "graded final answer")


def ai_accuracy(trials: Trials) -> float:
    """Share of right AI answers; from 0 to 1."""
    return _mean(trials.with_all("ai_correct").ai_correct, "graded AI answer")


def accuracy_gain(trials: Trials) -> float:
    """Accuracy of the final answers minus accuracy of people's own answers, on the same trials; from −1 to 1.

    Reference: the gain of advice taking, Yaniv (2004).
    """
    both = trials.with_all("own_correct", "outcome_correct")
    return _mean(
        both.outcome_correct - both.own_correct,
        "trial in which the person's own and final answers were both graded",
    )


def gain_over_ai(trials: Trials) -> float:
    """Accuracy of the final answers (decisions) minus accuracy of the AI, on the same trials; from −1 to 1.

    In accept/reject, the accuracy of the AI is what accepting everything would give. Above 0, person and AI together are
    better than the AI alone. Reference: Bansal et al. (2021), complementary performance.
    """
    both = trials.with_all("ai_correct", "outcome_correct")
    return _mean(
        both.outcome_correct - both.ai_correct, "trial with a graded final answer and a graded AI answer"
    )


def people_confidence(trials: Trials) -> float:
    """Mean confidence in the final answers, as P(right); from 0 to 1."""
    usable = trials.with_all("final_confidence")
    if not len(usable):
        raise NotDefined(_no_confidence(trials, "no final answer with a confidence"))
    return float(usable.final_confidence.mean())


def overconfidence(trials: Trials) -> float:
    """Mean confidence in the final answers minus their accuracy; from −1 to 1. 0 is best, above 0 is overconfident.

    Reference: Lichtenstein, Fischhoff & Phillips (1982), over/underconfidence.
    """
    confidence, correct = _people(trials)
    return float((confidence - correct).mean())


def people_ece(trials: Trials) -> float:
    """Expected calibration error of people's confidence in their final answers, in ten equal-width bins; lower is better."""
    return ece(*_people(trials))


def calibration_gap(trials: Trials) -> float:
    """ECE of people's final answers minus ECE of the model's answers, on the same trials; from −1 to 1.

    Above 0, people are worse calibrated than the model. Reference: adapted from Steyvers et al. (2025), where people
    rate the model's answer; here each side is compared with its own answer.
    """
    both = _both(trials)
    return ece(both.final_confidence, both.outcome_correct) - ece(both.ai_confidence, both.ai_correct)


def people_auroc(trials: Trials) -> float:
    """Probability that people were more confident in a right final answer than in a wrong one; 0.5 = chance.

    Only the order matters, so it is computed from the slider and also exists for ratings.
    """
    usable = trials.with_all("final_place", "outcome_correct")
    if not len(usable):
        raise NotDefined("no graded final answer with a confidence")
    return auroc(usable.final_place, usable.outcome_correct)


def discrimination_gap(trials: Trials) -> float:
    """AUROC of the model's confidence minus AUROC of people's confidence, on the same trials; from −1 to 1.

    Above 0, people distinguish right from wrong less well than the model. Reference: adapted from Steyvers et al. (2025).
    """
    both = _both(trials, "final_place")
    return auroc(both.ai_confidence, both.ai_correct) - auroc(both.final_place, both.outcome_correct)


def confidence_shift(trials: Trials) -> float:
    """Mean final confidence minus own confidence, as P(right); from −1 to 1."""
    return _shift(trials, None)


def shift_agreeing(trials: Trials) -> float:
    """Confidence shift in trials where the AI agreed with the person's own answer; from −1 to 1."""
    return _shift(trials, 1)


def shift_differing(trials: Trials) -> float:
    """Confidence shift in trials where the AI disagreed with the person's own answer; from −1 to 1."""
    return _shift(trials, 0)


def slider_shift(trials: Trials) -> float:
    """Mean slider movement from own to final confidence, as a share of its length; from −1 to 1.

    It also exists for ratings, which have no confidence shift in P(right).
    """
    usable = trials.with_all("own_place", "final_place")
    return _mean(usable.final_place - usable.own_place, "trial with both confidences")


def median_seconds(trials: Trials) -> float:
    """Median time per trial in seconds, from the first screen to the last answer, by the server clock."""
    seconds = trials.with_all("seconds").seconds
    if not seconds.size:
        raise NotDefined("no finished trial")
    return float(np.median(seconds))


@dataclass(frozen=True, slots=True)
class Measure:
    """One measure of the report."""

    name: str
    title: str
    of: Callable[[Trials], float]
    group: str
    better: str = ""  # higher · lower · zero · "" if neither is better
    basic: bool = False  # biased upwards by resampling: basic instead of percentile interval
    share: bool = False  # a share of people's choices: exact interval at 0 and 1
    low: float | None = 0.0  # its scale
    high: float | None = 1.0
    digits: int = 2

    @property
    def says(self) -> str:
        """A one-line description: the first paragraph of its function's docstring."""
        return " ".join((self.of.__doc__ or "").split("\n\n")[0].split()).replace("'", "’")


RELIANCE, ACCURACY, CONFIDENCE, TIME = "Reliance", "Accuracy", "Confidence", "Time"
MEASURES: tuple[Measure, ...] = (
    Measure("reliance", "Reliance", reliance, RELIANCE, share=True),
    Measure("over_reliance", "Over-reliance", over_reliance, RELIANCE, "lower", share=True),
    Measure("under_reliance", "Under-reliance", under_reliance, RELIANCE, "lower", share=True),
    Measure("switch_fraction", "Switch fraction", switch_fraction, RELIANCE, share=True),
    Measure("rair", "Relative AI reliance", relative_ai_reliance, RELIANCE, "higher", share=True),
    Measure("rsr", "Relative self-reliance", relative_self_reliance, RELIANCE, "higher", share=True),
    Measure("own_accuracy", "Accuracy before", own_accuracy, ACCURACY, "higher", share=True),
    Measure("final_accuracy", "Accuracy after", final_accuracy, ACCURACY, "higher", share=True),
    Measure("ai_accuracy", "Accuracy of the AI", ai_accuracy, ACCURACY),
    Measure("accuracy_gain", "Accuracy gain", accuracy_gain, ACCURACY, "higher", low=-1.0),
    Measure("gain_over_ai", "Gain over the AI alone", gain_over_ai, ACCURACY, "higher", low=-1.0),
    Measure("people_confidence", "Confidence after", people_confidence, CONFIDENCE),
    Measure("overconfidence", "Overconfidence", overconfidence, CONFIDENCE, "zero", low=-1.0),
    Measure("people_ece", "Calibration error of people", people_ece, CONFIDENCE, "lower", basic=True),
    Measure("calibration_gap", "Calibration gap", calibration_gap, CONFIDENCE, "lower", low=-1.0),
    Measure("people_auroc", "Discrimination of people", people_auroc, CONFIDENCE, "higher"),
    Measure("discrimination_gap", "Discrimination gap", discrimination_gap, CONFIDENCE, "lower", low=-1.0),
    Measure("confidence_shift", "Confidence shift", confidence_shift, CONFIDENCE, low=-1.0),
    Measure("shift_agreeing", "Shift where the AI agreed", shift_agreeing, CONFIDENCE, low=-1.0),
    Measure("shift_differing", "Shift where the AI disagreed", shift_differing, CONFIDENCE, low=-1.0),
    Measure("slider_shift", "Slider shift", slider_shift, CONFIDENCE, low=-1.0),
    Measure("median_seconds", "Median time, seconds", median_seconds, TIME, high=None, digits=1),
)  # fmt: skip


def _mean(values: Floats, needed: str) -> float:
    if not values.size:
        raise NotDefined(f"no {needed}")
    return float(values.mean())


def _people(trials: Trials) -> tuple[Floats, Floats]:
    usable = trials.with_all("final_confidence", "outcome_correct")
    if not len(usable):
        none = "no graded final answer with a confidence"
        raise NotDefined(_no_confidence(trials.with_all("outcome_correct"), none))
    return usable.final_confidence, usable.outcome_correct


def _both(trials: Trials, of_people: str = "final_confidence") -> Trials:
    """The trials on which people and model can be compared."""
    graded = trials.with_all("outcome_correct", "ai_confidence", "ai_correct")
    usable = graded.with_all(of_people)
    if not len(usable):
        none = "no trial with both confidences, people’s and the model’s"
        raise NotDefined(_no_confidence(graded, none))
    return usable


def _no_confidence(trials: Trials, none: str) -> str:
    """Why no trial has a confidence as P(right): the most common reason, or ``none`` if no slider was set."""
    reasons = Counter(str(reason) for reason in trials.with_all("final_place").no_probability if reason)
    return reasons.most_common(1)[0][0] if reasons else none


def _shift(trials: Trials, agreeing: int | None) -> float:
    usable = trials.with_all("own_confidence", "final_confidence")
    if not len(usable) and (why := _no_confidence(trials.with_all("own_place"), "")):
        raise NotDefined(why)
    if agreeing is not None:
        usable = usable.only(usable.own_agrees == agreeing)
    where = {
        None: "",
        1: " in which the AI agreed with the person's own answer",
        0: " in which the AI disagreed",
    }[agreeing]
    return _mean(usable.final_confidence - usable.own_confidence, f"trial with both confidences{where}")

"""What the model was asked again, and what it replied."""

from collections.abc import Sequence
from dataclasses import dataclass

from estimators import ESTIMATORS
from estimators.types import Probe


@dataclass(frozen=True, slots=True)
class ShownProbe:
    """One probe: the signals read from it, where it was asked, the prompt, and the reply or why there is none."""

    name: str
    title: str
    where: str
    prompt: str
    reply: str
    missing: str


def shown_probes(probes: Sequence[Probe], options: Sequence[str]) -> tuple[ShownProbe, ...]:
    """The probes of an answer to a question with these options."""
    return tuple(_probe(probe, options) for probe in probes)


def _probe(probe: Probe, options: Sequence[str]) -> ShownProbe:
    readings = [estimator.title for estimator in ESTIMATORS if probe.name in estimator.needs]
    where = "in a separate conversation" if "third" in probe.name else "in the same conversation"
    if options:
        listed = any(all(option in message.content for option in options) for message in probe.messages)
        where += ", with the options listed" if listed else ", without the options"
    prompt = "\n\n".join(f"[{message.role}]\n{message.content}" for message in probe.messages)
    title = " · ".join(readings) or probe.name
    return ShownProbe(probe.name, title, where, prompt, probe.reply.text, probe.reply.missing)

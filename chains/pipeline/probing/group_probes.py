"""Probes about the groups of samples: one choice among all distinct answers, and P(True) of each alternative."""

from collections.abc import Collection, Iterator
from contextlib import closing, suppress
from dataclasses import replace

from langchain_core.language_models import BaseChatModel

from chains.pipeline.model_calls import sampling
from chains.pipeline.prefill import reasoning_room
from chains.pipeline.probing.follow_ups import FollowUp, make, opening_options
from chains.pipeline.probing.probes import PROBE_KINDS, choose_messages, probe_messages
from chains.pipeline.resampling import sample_evidence
from chains.pipeline.turn import Turn
from estimators.missing import Missing
from estimators.parsing.options import LABELS
from estimators.signals.alternatives import ALTERNATIVES, CHOICE, alternatives, listed_answers
from estimators.types import Message, Probe
from prompts import load

REPLY_TOKENS = 6  # most tokens of a reply: a letter, or True or False
CHOICE_PROMPTS = ("choose", "none_of_these")  # the other probes use those of P(True) in third person
_P_TRUE = next(kind for kind in PROBE_KINDS if kind.name == "p_true_third")


def ask_about_groups(model: BaseChatModel, turn: Turn, needs: Collection[str]) -> Iterator[Turn]:
    """Make the needed probes about the groups of a turn's samples.

    They replace those about earlier groups. Nothing is asked if the samples have no groups.
    """
    kept = {name: probe for name, probe in turn.probes.items() if name not in (CHOICE, *ALTERNATIVES)}
    yield (turn := replace(turn, probes=kept))
    options = sampling(model, turn.settings, temperature=0.0, max_tokens=reasoning_room(turn) + REPLY_TOKENS)
    asked = [
        FollowUp(name, name, name != CHOICE, messages, options, opening_options(model, turn))
        for name, messages in group_messages(turn).items()
        if name in needs
    ]
    made = dict[int, Probe]()
    with closing(make(model, turn, asked)) as making:
        for arrived in making:
            made.update([arrived] if arrived else ())
            probes = {asked[place].name: made[place] for place in sorted(made)}
            yield (turn := replace(turn, probes={**kept, **probes}))


def group_messages(turn: Turn) -> dict[str, tuple[Message, ...]]:
    """The messages of every possible probe about the groups of samples, by the probe's name."""
    evidence, messages = sample_evidence(turn), {}
    with suppress(Missing):
        texts = (*listed_answers(evidence), load("none_of_these").template)
        messages[CHOICE] = choose_messages(turn.question, dict(zip(LABELS, texts, strict=False)))
    with suppress(Missing):
        for name, text in zip(ALTERNATIVES, alternatives(evidence), strict=False):
            messages[name] = probe_messages(_P_TRUE, turn.question, turn.sent, text, turn.options)
    return messages

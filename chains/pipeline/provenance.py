"""The provenance of a turn's evidence: model, prompts, options, versions, cost."""

import importlib.metadata
from datetime import UTC, datetime

from langchain_core.language_models import BaseChatModel

from chains.engines.servers.accepted_options import accepted
from chains.identity import identity
from chains.pipeline.model_calls import server_of
from chains.pipeline.probing.group_probes import CHOICE_PROMPTS
from chains.pipeline.probing.probes import CLAIM_THIRD, PROBE_KINDS, answer_prompt_name
from chains.pipeline.turn import Turn
from estimators.signals.alternatives import CHOICE
from estimators.signals.claims import P_TRUE, P_TRUE_THIRD
from estimators.types import Provenance
from prompts import load

_SENT = ("temperature", "top_logprobs")  # settings that a server may reject


def provenance(model: BaseChatModel, turn: Turn) -> Provenance:
    """The model, prompts, options and versions behind a turn, and its cost."""
    earlier = [message.content for message in turn.question.history if message.role == "user"]
    texts = (*earlier, turn.question.text)
    names = {name for text in texts if (name := answer_prompt_name(text, turn.settings.asking))}
    names |= {
        name for kind in PROBE_KINDS if kind.name in turn.probes for name in kind.prompts(turn.question)
    }
    names |= {"choose", "others_wrong"} if turn.chains else set()
    names |= {"none_of_these"} if turn.chains and not turn.options else set()
    asked_of_claims = {name for claim in turn.claims for name in claim.probes}
    names |= {"claim_true"} if P_TRUE in asked_of_claims else set()
    names |= set(CLAIM_THIRD.prompts(turn.question)) if P_TRUE_THIRD in asked_of_claims else set()
    names |= set(CHOICE_PROMPTS) if CHOICE in turn.probes else set()
    described = identity(model)
    limits = accepted(server_of(model))
    options = turn.settings.recorded(without={"signals", "seed", "at_once"})
    sent = {name: options[name] for name in _SENT}
    limits.apply(sent)
    options |= {name: sent.get(name) for name in _SENT}  # as sent, which may differ from the settings
    if limits.sentences():
        options["server"] = "; ".join(limits.sentences())
    if "engine_build" in described:
        options["engine"] = described["engine_build"]
    return Provenance(
        model=described["model"],
        engine=described["engine"],
        model_sha256=described["model_sha256"],
        prompts={name: load(name).sha256 for name in sorted(names)},
        options=options,
        versions=_versions(),
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        seed=None if {"seed", "random_seed"} & set(limits.left_out) else turn.settings.seed,
        dropped_turns=turn.dropped_turns,
        begun="".join(token.text for token in turn.begun),
        given=turn.given,
        scored_by=turn.scored_by,
        cost=turn.meter.cost(),
        costs=turn.meter.costs(),
    )


def _versions() -> dict[str, str]:
    versions = {}
    for name in ("credence-chat", "langchain-core", "xllamacpp", "transformers", "torch"):
        try:
            versions[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return versions

"""Everything that talks to a model: opening it, asking it, assessing its answers. Draws no page and runs no study."""

import files.environment  # noqa: F401 - before torch is imported

# isort: split
from chains.assess import assess
from chains.engines.open import open_chat_model
from chains.errors import CredenceError, EngineStopped, MessageTooLong, ModelUnavailable
from chains.pipeline.pipeline import confidence_pipeline
from chains.pipeline.turn import Turn
from chains.settings import Settings
from chains.with_confidence import assessment_of, with_confidence

__all__ = [
    "CredenceError",
    "EngineStopped",
    "MessageTooLong",
    "ModelUnavailable",
    "Settings",
    "Turn",
    "assess",
    "assessment_of",
    "confidence_pipeline",
    "open_chat_model",
    "with_confidence",
]

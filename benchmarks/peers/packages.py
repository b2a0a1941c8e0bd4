"""The packages that Credence is compared with: what pip installs, and the program that runs there."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.peers.child import Child, child
from benchmarks.peers.environment import environment
from chains.model_files import cache_folder

TOKENS = 200  # the longest answer


@dataclass(frozen=True, slots=True)
class Package:
    """A package with its pinned requirements; ``program`` is a file of the folder ``programs``."""

    name: str
    requirements: tuple[str, ...]
    program: str


UQLM = Package(
    "uqlm",
    ("uqlm==0.6.7", "langchain-openai", "transformers<5", "pyarrow<20", "torch==2.13.0"),
    "uqlm_scores.py",
)
LM_POLYGRAPH = Package(
    "lm-polygraph", ("lm-polygraph==0.7.0", "torch==2.13.0", "gguf"), "lm_polygraph_scores.py"
)
# lm-polygraph's names of what both packages compute
SAME_SIGNALS = ("MaximumSequenceProbability", "Perplexity", "MeanTokenEntropy", "PTrue")


@contextmanager
def opened_package(
    package: Package, settings: Mapping[str, Any], folder: Path | None = None
) -> Iterator[Child]:
    """The package in its environment, installed if necessary; raises CredenceError.

    Parameters
    ----------
    folder : of all environments; by default in the folder of the downloaded models
    """
    python = environment((folder or cache_folder() / "peers") / package.name, package.requirements)
    with child(python, package.program, settings) as opened:
        yield opened

"""The settings of a training run, and the check that a resumed run has the same ones."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from chains.engines.embedded import embedded_sha256
from files.atomic import write_text
from training.errors import TrainingStopped

SCHEDULES = ("constant", "linear")
MODES = ("exact", "grpo", "rloo")
# Settings that may change on resume; questions are compared by their sha256.
CHANGEABLE = {"questions", "steps", "max_minutes", "save_every", "evaluate_every", "device"}


@dataclass(frozen=True, slots=True)
class TrainingSettings:
    """The settings of one run."""

    model: str
    questions: str  # path of the file
    questions_sha256: str
    model_sha256: str | None = None  # of the file of an embedded model
    adapter: str | None = None  # starting point; None = a new adapter
    mode: str = "exact"
    reward: str = "log"
    kl: float = 0.05  # weight of the KL divergence from the starting model
    answer_kl: float = 2.0  # weight of the answer KL penalty; exact mode only
    rank: int = 8
    learning_rate: float = 3e-4
    schedule: str = "constant"  # or linear: the learning rate falls to 0 over the steps
    batch: int = 16  # questions per batch
    accumulate: int = 1  # batches per step
    teach_answers: bool = False  # warm-up only: also learn the right answers
    group: int = 8  # confidences sampled per answer; sampled modes only
    steps: int = 300
    most: int | None = None  # maximum questions to train on
    held_out: int = 100  # questions for monitoring only
    seed: int = 0
    device: str | None = None
    dtype: str | None = None
    save_every: int = 25
    evaluate_every: int = 25
    max_minutes: float | None = None  # training time across resumes

    @property
    def on_cpu(self) -> bool:
        """Whether training runs on the CPU. accelerate needs to know, or several processes cannot find each other."""
        from chains.engines.transformers.load import pick_device

        return pick_device(self.device) == "cpu"


def with_model_named(saved: dict[str, Any]) -> dict[str, Any]:
    """Saved settings; in old ones, which hold no checksum, ``builtin`` is the model that is now ``tiny``."""
    if saved.get("model") == "builtin" and not saved.get("model_sha256"):
        return {**saved, "model": "tiny", "model_sha256": embedded_sha256("tiny")}
    return saved


def check_same_settings(settings: TrainingSettings, out: Path) -> None:
    """Save the settings in the folder, or check that they match those saved when the run started.

    Raises TrainingStopped naming the difference.
    """
    path = out / "settings.json"
    new = asdict(settings)
    if path.exists():
        original = with_model_named(json.loads(path.read_text(encoding="utf-8")))
        for name in new:
            if name not in CHANGEABLE and original.get(name) != new[name]:
                raise TrainingStopped(
                    f"{out} was started with {name} {original.get(name)!r}, not {new[name]!r}: "
                    "use another --out, or the original setting."
                )
    write_text(path, json.dumps(new, indent=1, ensure_ascii=False) + "\n")

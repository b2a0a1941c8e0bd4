"""What a training run is given, and that a run is gone on with only as it was begun."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from chains.whole_files import write_whole
from training.errors import TrainingStopped

SCHEDULES = ("constant", "linear")
MODES = ("exact", "grpo", "rloo")
# May differ when a run is gone on with; the questions are held to by their sha256.
FREE = {"questions", "steps", "max_minutes", "save_every", "evaluate_every", "device"}


@dataclass(frozen=True, slots=True)
class TrainingSettings:
    """The settings of one run."""

    model: str
    questions: str  # its file
    questions_sha256: str
    adapter: str | None = None  # where training starts; None = a new adapter
    mode: str = "exact"
    reward: str = "log"
    kl: float = 0.05  # weight of the divergence from the model that training started with
    answer_kl: float = 2.0  # exact mode: weight of the divergence of the words before the confidence
    rank: int = 8
    learning_rate: float = 3e-4
    schedule: str = "constant"  # or linear: the rate falls to 0 over the steps
    batch: int = 16  # questions that are in memory together
    accumulate: int = 1  # batches in one step
    teach_answers: bool = False  # warm-up only: the right answers are learnt, too
    group: int = 8  # confidences sampled for each answer; sampled modes only
    steps: int = 300
    most: int | None = None  # questions to train on
    held_out: int = 100  # questions that only watch the progress
    seed: int = 0
    device: str | None = None
    dtype: str | None = None
    save_every: int = 25
    evaluate_every: int = 25
    max_minutes: float | None = None  # of training, across resumes

    @property
    def on_cpu(self) -> bool:
        """Whether training runs on the CPU. accelerate needs to know, or several processes cannot find each other."""
        from chains.engines.transformers.load import pick_device

        return pick_device(self.device) == "cpu"


def hold_to(settings: TrainingSettings, out: Path) -> None:
    """Note the settings in the folder, or check that they are those it was begun with.

    Raises TrainingStopped naming what differs.
    """
    path = out / "settings.json"
    given = asdict(settings)
    if path.exists():
        begun: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        for name in given:
            if name not in FREE and begun.get(name) != given[name]:
                raise TrainingStopped(
                    f"{out} was begun with {name} {begun.get(name)!r}, not {given[name]!r}: "
                    "choose another --out, or give what it was begun with."
                )
    write_whole(path, json.dumps(given, indent=1, ensure_ascii=False) + "\n")

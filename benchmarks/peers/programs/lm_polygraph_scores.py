"""Lets lm-polygraph answer and score one question a line. Runs in lm-polygraph's own environment.

The settings name the model file, the longest answer in tokens, the estimators, and whether lm-polygraph also computes
the attention maps and hidden states that it computes by default.
"""

import json
import math
import sys
from importlib.metadata import version
from pathlib import Path
from time import perf_counter
from typing import Any

import lm_polygraph.estimators
from lm_polygraph.defaults.register_default_stat_calculators import register_default_stat_calculators
from lm_polygraph.utils.builder_enviroment_stat_calculator import BuilderEnvironmentStatCalculator
from lm_polygraph.utils.dataset import Dataset
from lm_polygraph.utils.manager import UEManager
from lm_polygraph.utils.model import WhiteboxModel
from transformers import AutoModelForCausalLM, AutoTokenizer

STATS = ("greedy_texts", "greedy_tokens", "greedy_log_likelihoods", "entropy")


def main() -> None:
    """Read the settings, then questions; write the answer, its scores and the seconds of each."""
    settings = json.loads(sys.stdin.readline())
    file, everything = Path(settings["file"]), settings["everything"]
    tokenizer: Any = AutoTokenizer.from_pretrained(file.parent, gguf_file=file.name)
    weights: Any = AutoModelForCausalLM.from_pretrained(
        file.parent, gguf_file=file.name, attn_implementation="eager", dtype="float32"
    )
    tokenizer.pad_token = tokenizer.pad_token or tokenizer.eos_token
    model = WhiteboxModel(weights.eval(), tokenizer, model_path=file.stem, instruct=True)
    estimators = [getattr(lm_polygraph.estimators, name)() for name in settings["estimators"]]
    calculators = register_default_stat_calculators(
        "Whitebox", output_attentions=everything, output_hidden_states=everything
    )
    reply({"name": f"lm-polygraph {version('lm-polygraph')}"})
    for line in sys.stdin:
        question, start = json.loads(line)["question"], perf_counter()
        manager = UEManager(
            Dataset([question], [""], batch_size=1),
            model,
            list(estimators),
            builder_env_stat_calc=BuilderEnvironmentStatCalculator(model),
            available_stat_calculators=calculators,
            generation_metrics=[],
            ue_metrics=[],
            processors=[],
            ignore_exceptions=False,
            verbose=False,
            max_new_tokens=settings["tokens"],
            save_stats=list(STATS),
        )
        manager()
        seconds = perf_counter() - start
        scores = {name: finite(values[0]) for (_, name), values in manager.estimations.items()}
        text, tokens, logprobs, entropies = (manager.stats[name][0] for name in STATS)
        shown = {
            "answer": text,
            "ended": tokens[-1] == tokenizer.eos_token_id,
            "logprobs": [float(value) for value in logprobs],
            "entropies": [float(value) for value in entropies],
        }
        reply({"seconds": seconds, **shown, "scores": scores})


def finite(value: Any) -> float | None:
    """The value; None if it is no finite number."""
    return float(value) if math.isfinite(value) else None


def reply(values: dict[str, Any]) -> None:
    """Write one line for the process that asks."""
    print(json.dumps({"credence": values}), flush=True)


if __name__ == "__main__":
    main()

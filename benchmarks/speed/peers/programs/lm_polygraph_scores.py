"""Times lm-polygraph: MSP, perplexity, mean token entropy and P(True) of one question a line, in its own environment."""

import json
import sys
from importlib.metadata import version
from pathlib import Path
from time import perf_counter
from typing import Any

from lm_polygraph.defaults.register_default_stat_calculators import register_default_stat_calculators
from lm_polygraph.estimators import MaximumSequenceProbability, MeanTokenEntropy, Perplexity, PTrue
from lm_polygraph.utils.builder_enviroment_stat_calculator import BuilderEnvironmentStatCalculator
from lm_polygraph.utils.dataset import Dataset
from lm_polygraph.utils.manager import UEManager
from lm_polygraph.utils.model import WhiteboxModel
from transformers import AutoModelForCausalLM, AutoTokenizer


def main() -> None:
    """Read the settings, then questions; write the seconds of each."""
    settings = json.loads(sys.stdin.readline())
    file = Path(settings["file"])
    tokenizer = AutoTokenizer.from_pretrained(file.parent, gguf_file=file.name)
    weights: Any = AutoModelForCausalLM.from_pretrained(
        file.parent, gguf_file=file.name, attn_implementation="eager"
    )
    model = WhiteboxModel(weights.eval(), tokenizer, model_path=file.stem)
    reply({"name": f"lm-polygraph {version('lm-polygraph')}"})
    for line in sys.stdin:
        message = [{"role": "user", "content": json.loads(line)["question"]}]
        prompt = str(tokenizer.apply_chat_template(message, tokenize=False, add_generation_prompt=True))
        start = perf_counter()
        score(model, prompt, settings["tokens"])
        reply({"seconds": perf_counter() - start})


def score(model: Any, prompt: str, tokens: int) -> None:
    """All four estimates of one answer, which is written once."""
    manager = UEManager(
        Dataset([prompt], [""], batch_size=1),
        model,
        [MaximumSequenceProbability(), Perplexity(), MeanTokenEntropy(), PTrue()],
        builder_env_stat_calc=BuilderEnvironmentStatCalculator(model),
        available_stat_calculators=register_default_stat_calculators("Whitebox"),
        generation_metrics=[],
        ue_metrics=[],
        processors=[],
        ignore_exceptions=False,
        verbose=False,
        max_new_tokens=tokens,
    )
    manager()


def reply(values: dict[str, Any]) -> None:
    """Write one line for the process that asks."""
    print(json.dumps({"credence": values}), flush=True)


if __name__ == "__main__":
    main()

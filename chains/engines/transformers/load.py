"""Loading weights and tokenizer with transformers, with plain sentences for what can go wrong."""

import contextlib
import io
import json
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from chains.engines.transformers.decoder import Engine
from chains.engines.transformers.failures import INSTALL, explained, first_line
from chains.engines.transformers.processor import computes_bfloat16, use_physical_cores
from chains.engines.transformers.template_trial import try_templates
from chains.errors import ModelUnavailable

DTYPES = ("float32", "bfloat16", "float16")
# Vocabularies that split numbers into digits first. transformers does not read this from a
# GGUF file (llama.cpp does), so two spaces before a digit would be tokenized differently.
DIGITS_ALONE = ("smollm", "starcoder", "refact", "command-r", "codeshell")


def load_engine(
    reference: str,
    *,
    device: str | None = None,
    dtype: str | None = None,
    adapter: str | None = None,
    as_saved: bool = False,
    **decoding: Any,
) -> Engine:
    """Load a folder, a hub id or a ``.gguf`` file; raises ModelUnavailable with cause and next step.

    Parameters
    ----------
    as_saved : keep weights saved in bfloat16 as they are where the processor computes with them
    decoding : options of Engine
    """
    source, gguf = _source(reference)
    try:
        import torch
        import transformers
    except ImportError as error:
        raise ModelUnavailable(f"This model needs torch and transformers ({error}). {INSTALL}.") from error
    target = pick_device(device)
    if target == "cpu":
        use_physical_cores()
    files = {"gguf_file": gguf} if gguf else {}
    with explained(reference), quiet():
        # transformers waits almost a minute for an unreachable hub; a cached model opens without it.
        if not Path(source).is_dir() and not _hub_answers():
            source = _cached_folder(reference)
        tokenizer: Any = transformers.AutoTokenizer.from_pretrained(source, **files)
        if gguf:
            _split_digits(tokenizer, Path(source) / gguf)
        if not tokenizer.chat_template:
            raise ModelUnavailable(
                f"{reference} has no chat template, so it cannot chat. "
                "Open its instruct or chat version, or add a chat_template.jinja to its folder."
            )
        try_templates(tokenizer)
        kept = as_saved and not gguf and target == "cpu" and _saved_in_bfloat16(source)
        precision = getattr(torch, dtype or ("bfloat16" if kept else _dtype_for(target)))
        model: Any = transformers.AutoModelForCausalLM.from_pretrained(source, dtype=precision, **files)
        if gguf:
            _dense(model)
        if adapter is not None:
            model = _with_adapter(model, adapter, reference)
        model = model.to(target).eval().requires_grad_(False)
    return Engine(model, tokenizer, **decoding)


def pick_device(device: str | None = None) -> str:
    """The requested device, if available; by default CUDA, then MPS, then the CPU."""
    import torch

    available = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if device is None:
        return next(name for name, present in available.items() if present)
    name = device.split(":")[0]
    if name not in available:
        raise ModelUnavailable(f"There is no device {device!r}. Choose cuda, mps or cpu, or leave it out.")
    if not available[name]:
        raise ModelUnavailable(
            f"PyTorch finds no device {device!r} on this machine. "
            "Leave the device out to use the best one available, or install a PyTorch build for it."
        )
    return device


def _dtype_for(device: str) -> str:
    """Full precision on the CPU, so that engines agree; half precision on a GPU, so that models fit."""
    import torch

    if device == "cpu":
        return "float32"
    return "bfloat16" if device.startswith("cuda") and torch.cuda.is_bf16_supported() else "float16"


def _saved_in_bfloat16(source: str) -> bool:
    """Whether weights are saved in bfloat16 and the processor computes with it."""
    import torch
    import transformers

    if not computes_bfloat16():
        return False
    config: Any = transformers.AutoConfig.from_pretrained(source)
    return getattr(config.get_text_config(), "dtype", None) == torch.bfloat16


def _source(reference: str) -> tuple[str, str | None]:
    """Arguments for from_pretrained: a folder or hub id, and the name of a GGUF file in that folder."""
    path = Path(reference).expanduser()
    if reference.endswith(".gguf"):
        if not path.is_file():
            raise ModelUnavailable(f"There is no file {reference}. Check the path.")
        return str(path.parent), path.name
    if path.is_dir():
        if not (path / "config.json").is_file():
            ggufs = sorted(file.name for file in path.glob("*.gguf"))
            hint = f"It contains {ggufs[0]}: give that path" if ggufs else "Give the folder of a saved model"
            raise ModelUnavailable(
                f"The folder {reference} has no config.json, so it is not a model. {hint}."
            )
        return str(path), None
    if path.is_file():
        raise ModelUnavailable(f"{reference} is a file. Give its folder, or a .gguf file.")
    if reference.startswith(("/", "~", ".")) or reference.count("/") > 1:
        raise ModelUnavailable(f"There is no folder {reference}. Check the path.")
    return reference, None


def _hub_answers() -> bool:
    from huggingface_hub import constants, get_session

    try:
        get_session().head(constants.ENDPOINT, timeout=5)
    except Exception:  # a network error, or the hub is switched off (HF_HUB_OFFLINE)
        return False
    return True


def _cached_folder(reference: str) -> str:
    from huggingface_hub import snapshot_download

    return snapshot_download(reference, local_files_only=True)


def _with_adapter(model: Any, adapter: str, reference: str) -> Any:
    """The model with a LoRA adapter merged into its weights."""
    return wrapped_adapter(model, adapter, reference).merge_and_unload()


def wrapped_adapter(
    model: Any, adapter: str, reference: str, *, trainable: bool = False, name: str = "default"
) -> Any:
    """The model with a LoRA adapter that can be switched off (peft).

    A model with an adapter can take another one under another ``name``.
    """
    try:
        from peft import PeftModel, get_peft_model_state_dict
        from peft.utils import load_peft_weights
    except ImportError as error:
        raise ModelUnavailable(f"An adapter needs peft ({error}). {INSTALL}.") from error
    try:
        with quiet():
            if isinstance(model, PeftModel):
                wrapped = model
                wrapped.load_adapter(adapter, name, is_trainable=trainable)
            else:
                wrapped = PeftModel.from_pretrained(model, adapter, name, is_trainable=trainable)
        # peft ignores weights that do not exist in this base and starts missing ones at random. By default it would
        # also ask the hub whether the base has other embeddings.
        present = get_peft_model_state_dict(wrapped, adapter_name=name, save_embedding_layers=False)
        unmatched = present.keys() ^ load_peft_weights(adapter, device="cpu").keys()
        if unmatched:
            raise ValueError(f"{len(unmatched)} weights have no counterpart, such as {min(unmatched)}")
        return wrapped
    except (ValueError, RuntimeError, OSError, KeyError) as error:
        raise ModelUnavailable(
            f"The adapter {adapter} does not fit {reference} ({first_line(error)}). "
            f"Open the base model named in its adapter_config.json{_renamed(adapter)}, and check the path."
        ) from error


def _renamed(adapter: str) -> str:
    """A remark on an adapter whose base was called ``builtin``, which was SmolLM2 in older versions."""
    try:
        config = json.loads((Path(adapter) / "adapter_config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return ""
    older = config.get("base_model_name_or_path") == "builtin"
    return " (in older versions, builtin was the model that is now called tiny)" if older else ""


def trainable_adapter(
    model: Any, reference: str, *, adapter: str | None = None, rank: int = 8, seed: int = 0
) -> Any:
    """The model with a LoRA adapter to train: ``adapter``, or a new one that changes nothing yet."""
    try:
        import torch
        from peft import LoraConfig, get_peft_model
    except ImportError as error:
        raise ModelUnavailable(f"Training needs peft ({error}). {INSTALL}.") from error
    if adapter is not None:
        wrapped = wrapped_adapter(model, adapter, reference, trainable=True)
    else:
        config = LoraConfig(r=rank, lora_alpha=2 * rank, target_modules="all-linear", task_type="CAUSAL_LM")
        with quiet(), torch.random.fork_rng():
            torch.manual_seed(seed)
            wrapped = get_peft_model(model, config)
    # With a name, peft would look up the base on the hub whenever a checkpoint is saved.
    wrapped.peft_config["default"].base_model_name_or_path = ""
    return wrapped


def _dense(model: Any) -> None:
    """Remove the GGUF settings of dequantized weights, so that they can be saved and trained."""
    reader = getattr(model, "hf_quantizer", None)
    if reader is None or getattr(reader, "packed_modules", None):
        return
    model.hf_quantizer, model.is_quantized = None, False
    if hasattr(model.config, "quantization_config"):
        del model.config.quantization_config


def _split_digits(tokenizer: Any, path: Path) -> None:
    from tokenizers import pre_tokenizers
    from transformers.integrations.gguf.reader import read_gguf_metadata

    if read_gguf_metadata(str(path))[0].get("tokenizer.ggml.pre") in DIGITS_ALONE:
        tokenizer.backend_tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
            [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
        )


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """No progress bars and no warnings on the console while a model loads."""
    import transformers.utils.logging

    logging: Any = transformers.utils.logging  # untyped
    level, bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        # Neither switch turns off the progress bar for a GGUF file's tensors.
        with contextlib.redirect_stderr(io.StringIO()), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # peft and transformers use names that the other has deprecated
            yield
    finally:
        logging.set_verbosity(level)
        if bars:
            logging.enable_progress_bar()

"""A trained adapter merged into its model, and as a GGUF file where llama.cpp's converter is at hand."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from chains.engines.transformers.load import load_engine
from chains.model_files import builtin_gguf
from chains.progress import Progress
from training.errors import TrainingStopped, explained

CONVERTER = "convert_hf_to_gguf.py"
SAID = (
    "llama.cpp's converter (convert_hf_to_gguf.py) was not found. It comes with llama.cpp's sources: give its path as "
    "--converter or in LLAMA_CPP_CONVERTER. The merged model opens without it: MODEL={out}."
)


def merge(model: str, adapter: str, out: Path, dtype: str | None = None) -> Path:
    """Write the model with the adapter in its weights as a folder that every engine for safetensors opens.

    The folder is whole or not there. Raises CredenceError.
    """
    if out.exists() and any(out.iterdir()):
        raise TrainingStopped(f"{out} is not empty: choose another --out.")
    source = str(builtin_gguf()) if model == "builtin" else model
    engine = load_engine(source, device="cpu", dtype=dtype, adapter=adapter)
    beside = out.with_name(f".{out.name}.{os.getpid()}")
    try:
        with (
            Progress("merging", "files", None),
            explained(out, "Nothing of {out} was written; the adapter is as it was."),
        ):
            engine.model.save_pretrained(beside)
            engine.tokenizer.save_pretrained(beside)
            out.parent.mkdir(parents=True, exist_ok=True)
            if out.exists():
                out.rmdir()
            beside.replace(out)
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return out


def find_converter(given: str | None = None) -> Path | None:
    """The converter: the given one, $LLAMA_CPP_CONVERTER, or one on the path; None where there is none."""
    for named in (given, os.environ.get("LLAMA_CPP_CONVERTER")):
        if named:
            path = Path(named).expanduser()
            path = path / CONVERTER if path.is_dir() else path
            if not path.is_file():
                raise TrainingStopped(f"There is no converter {named}: check the path.")
            return path
    found = shutil.which(CONVERTER) or shutil.which("convert-hf-to-gguf")
    return Path(found) if found else None


def to_gguf(merged: Path, file: Path, converter: Path, outtype: str = "f16") -> Path:
    """Convert a merged model. Raises TrainingStopped with the converter's last words."""
    beside = file.with_name(f".{file.name}")
    command = [str(converter), str(merged), "--outfile", str(beside), "--outtype", outtype]
    if converter.suffix == ".py":
        command.insert(0, sys.executable)
    with Progress("converting", "files", None):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode or not beside.exists():
        beside.unlink(missing_ok=True)
        last = (done.stderr or done.stdout).strip().splitlines()[-1:] or ["it said nothing"]
        missing = "ModuleNotFoundError" in last[0]
        then = (
            "Install what it needs (its requirements.txt)"
            if missing
            else "See whether it knows this kind of model"
        )
        raise TrainingStopped(
            f"llama.cpp's converter could not convert {merged}: {last[0]} {then}. "
            f"The merged model opens all the same: MODEL={merged}."
        )
    beside.replace(file)
    return file

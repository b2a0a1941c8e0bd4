"""Merge a trained adapter into its model, and convert it to GGUF with llama.cpp's converter."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from chains.engines.embedded import embedded_path
from chains.engines.transformers.load import load_engine
from chains.progress import Progress
from files.atomic import replacement
from training.errors import TrainingStopped, explained

CONVERTER = "convert_hf_to_gguf.py"
NO_CONVERTER = (
    "llama.cpp's converter (convert_hf_to_gguf.py) was not found. It is part of llama.cpp's sources: pass its path with "
    "--converter or in LLAMA_CPP_CONVERTER. The merged model works without it: MODEL={out}."
)


def merge(model: str, adapter: str, out: Path, dtype: str | None = None) -> Path:
    """Write the model with the adapter merged, as a folder for any engine that reads safetensors.

    The folder is either complete or absent. Raises CredenceError.
    """
    if out.exists() and any(out.iterdir()):
        raise TrainingStopped(f"{out} is not empty: use another --out.")
    engine = load_engine(embedded_path(model), device="cpu", dtype=dtype, adapter=adapter)
    temporary = out.with_name(f".{out.name}.{os.getpid()}")
    try:
        with (
            Progress("merging", "files", None),
            explained(out, "{out} was not written; the adapter is unchanged."),
        ):
            engine.model.save_pretrained(temporary)
            engine.tokenizer.save_pretrained(temporary)
            out.parent.mkdir(parents=True, exist_ok=True)
            if out.exists():
                out.rmdir()
            temporary.replace(out)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return out


def find_converter(option: str | None = None) -> Path | None:
    """The converter: ``option``, $LLAMA_CPP_CONVERTER, or the one on PATH; None if there is none."""
    for location in (option, os.environ.get("LLAMA_CPP_CONVERTER")):
        if location:
            path = Path(location).expanduser()
            path = path / CONVERTER if path.is_dir() else path
            if not path.is_file():
                raise TrainingStopped(f"There is no converter {location}: check the path.")
            return path
    command = shutil.which(CONVERTER) or shutil.which("convert-hf-to-gguf")
    return Path(command) if command else None


def to_gguf(merged: Path, file: Path, converter: Path, outtype: str = "f16") -> Path:
    """Convert a merged model. Raises TrainingStopped with the converter's last line."""
    with replacement(file, file.suffix) as draft:
        command = [str(converter), str(merged), "--outfile", str(draft), "--outtype", outtype]
        if converter.suffix == ".py":
            command.insert(0, sys.executable)
        with Progress("converting", "files", None):
            process = subprocess.run(command, capture_output=True, text=True, check=False)
        if process.returncode or not draft.stat().st_size:
            raise TrainingStopped(_why_not_converted(merged, process))
    return file


def _why_not_converted(merged: Path, process: subprocess.CompletedProcess[str]) -> str:
    last_line = (process.stderr or process.stdout).strip().splitlines()[-1:] or ["no output"]
    missing = "ModuleNotFoundError" in last_line[0]
    advice = (
        "Install its requirements (requirements.txt)" if missing else "Check whether it supports this model"
    )
    return (
        f"llama.cpp's converter could not convert {merged}: {last_line[0]} {advice}. "
        f"The merged model still works: MODEL={merged}."
    )

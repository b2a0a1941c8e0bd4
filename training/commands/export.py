"""Merge the adapter into the model; also writes GGUF with llama.cpp's converter."""

import argparse
from pathlib import Path

from training.commands.arguments import quiet
from training.errors import TrainingStopped
from training.results.export import NO_CONVERTER, find_converter, merge, to_gguf


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The model, the adapter, and the files."""
    parser.add_argument("--model", default="tiny", help="model that was trained (default: tiny)")
    parser.add_argument("--adapter", required=True, help="folder of the trained adapter")
    parser.add_argument("--out", type=Path, required=True, help="folder for the merged model")
    parser.add_argument("--gguf", type=Path, help="also write this GGUF file, for llama.cpp")
    parser.add_argument("--converter", help="llama.cpp's convert_hf_to_gguf.py or its folder")
    parser.add_argument(
        "--outtype", default="f16", help="number format of the GGUF: f32, bf16, f16, q8_0 (default: f16)"
    )


def run(args: argparse.Namespace) -> int:
    """Write the merged model; returns the exit code."""
    quiet()
    converter = find_converter(args.converter) if args.gguf else None
    merged = merge(args.model, args.adapter, args.out)
    print(f"The merged model is in {merged}: MODEL={merged}")
    if args.gguf and converter is None:
        raise TrainingStopped(NO_CONVERTER.format(out=args.out))
    if args.gguf and converter:
        print(f"The GGUF file: MODEL={to_gguf(merged, args.gguf, converter, args.outtype)}")
    return 0

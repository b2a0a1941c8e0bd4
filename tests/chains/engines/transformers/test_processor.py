"""Threads and precision fit the processor."""

import os
from pathlib import Path

import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")

import torch

from chains.engines import processors
from chains.engines.transformers import load, processor
from chains.engines.transformers.chat_model import open_transformers
from tests.chains.tiny_model import save_tiny_model


def test_two_threads_of_one_core_count_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for number, siblings in enumerate(("0,2", "1", "0,2")):
        (tmp_path / str(number)).write_text(f"{siblings}\n")
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1, 2, 3})  # nothing is known of the last one
    assert processors.physical_cores(f"{tmp_path}/{{}}") == 3


def test_torch_gets_the_physical_cores_unless_told_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    threads: list[int] = []
    monkeypatch.setattr(torch, "set_num_threads", threads.append)
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    processor.use_physical_cores()
    assert threads == []
    monkeypatch.delenv("OMP_NUM_THREADS")
    processor.use_physical_cores()
    assert threads == [processors.physical_cores()]


@pytest.mark.parametrize(
    ("saved", "hardware", "asked", "opened"),
    [
        ("bfloat16", True, None, "bfloat16"),
        ("bfloat16", False, None, "float32"),
        ("bfloat16", True, "float32", "float32"),
        ("float32", True, None, "float32"),
    ],
)
def test_weights_saved_in_bfloat16_stay_so_where_the_processor_computes_with_them(
    saved: str, hardware: bool, asked: str | None, opened: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:  # fmt: skip
    monkeypatch.setattr(load, "computes_bfloat16", lambda: hardware)
    folder = save_tiny_model(tmp_path)
    if saved == "bfloat16":
        from transformers import LlamaForCausalLM

        model = LlamaForCausalLM.from_pretrained(folder, dtype=torch.bfloat16)
        model.save_pretrained(folder)
    chat = open_transformers(folder, device="cpu", dtype=asked)
    assert str(chat.engine.model.dtype) == f"torch.{opened}"
    assert chat.metadata is not None
    assert chat.metadata["credence"]["engine_build"].endswith(f"{opened} on cpu")
    assert load.load_engine(str(folder), device="cpu").model.dtype == torch.float32  # training

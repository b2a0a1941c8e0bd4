"""What the processor offers torch: physical cores, and arithmetic in bfloat16."""

import os

from chains.engines.processors import physical_cores


def use_physical_cores() -> None:
    """Let torch compute with one thread per physical core, unless OMP_NUM_THREADS is set."""
    import torch

    if "OMP_NUM_THREADS" not in os.environ:
        torch.set_num_threads(physical_cores())


def computes_bfloat16() -> bool:
    """Whether the processor multiplies matrices of bfloat16 in hardware (AVX-512 BF16 or AMX)."""
    import torch

    return bool(torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported())

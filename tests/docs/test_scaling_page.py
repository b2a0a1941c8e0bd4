"""What docs/scaling.md says of settings and limits is so."""

from pathlib import Path

import pytest

from benchmarks.scaling import VLLM
from chains.models.line import MOST

pytestmark = pytest.mark.repository

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/scaling.md").read_text(encoding="utf-8")


def test_the_page_names_the_limit_of_the_line_and_the_published_figures() -> None:
    assert f"At most {MOST}\nquestions" in PAGE and f"at most {MOST} questions each" in PAGE
    assert f"{VLLM.read:,} tokens read and {VLLM.written} written" in PAGE
    assert VLLM.a_second == pytest.approx(75 * 6.6 / VLLM.written)
    assert VLLM.name in PAGE

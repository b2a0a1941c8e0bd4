"""Grouping answers by meaning: a partition that ignores duplicates and words of doubt."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from chains.meaning.embedding import open_embedder
from chains.meaning.semantic_clustering import compare, group


class Letters:
    """A fake embedder: a text is the counts of its letters, so the same letters are the same meaning."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.asked += texts
        counts = np.array([[text.lower().count(chr(97 + i)) for i in range(26)] for text in texts], float)
        counts[:, 0] += 1e-6  # a text without letters
        return np.asarray(counts / np.linalg.norm(counts, axis=1, keepdims=True), np.float32)


answers = st.sampled_from(
    ("a red fox", "red fox", "grey wolf", "wolf, grey", "in 1914", "1918", "I don't know.", "No idea.", "Rome",
     "probably Rome", "not Rome", "Milan", "", "?")
)  # fmt: skip


@given(st.lists(answers, max_size=7))
def test_every_index_is_in_one_group(texts: list[str]) -> None:
    groups = group(texts, embedder=Letters())
    assert sorted(index for group in groups for index in group) == list(range(len(texts)))
    assert list(groups) == sorted(groups, key=lambda members: (-len(members), members))
    assert all(tuple(sorted(group)) == group for group in groups)


@given(st.lists(answers, min_size=1, max_size=7), st.randoms(use_true_random=False))
def test_order_and_copies_change_no_group(texts: list[str], random: object) -> None:
    def as_sets(texts: list[str]) -> set[frozenset[str]]:
        return {frozenset(texts[i] for i in cluster) for cluster in group(texts, embedder=Letters())}

    shuffled = [*texts, texts[0], texts[0]]
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert as_sets(shuffled) == as_sets(texts)


def test_each_distinct_text_is_embedded_once() -> None:
    embedder = Letters()
    assert group(["a fox", "a wolf", "a fox", "a fox"], embedder=embedder) == ((0, 2, 3), (1,))
    assert sorted(embedder.asked) == ["fox", "wolf"]


def test_nothing_to_group() -> None:
    assert group([], embedder=Letters()) == ()
    assert group(["fox"], embedder=Letters()) == ((0,),)


def test_doubt_does_not_count() -> None:
    embedder = Letters()
    comparison = compare("I think it is a red fox.", "Definitely a red fox.", embedder=embedder)
    assert comparison.same and comparison.similarity == pytest.approx(1)
    assert embedder.asked == ["red fox"]


def test_a_difference_outweighs_any_similarity() -> None:
    comparison = compare("It began in 1914.", "It began in 1941.", question="When?", embedder=Letters())
    assert (comparison.same, comparison.reason) == (False, "different numbers (1914 and 1941)")
    assert comparison.similarity > 0.9


def test_an_answer_never_joins_one_that_gives_none() -> None:
    texts = ["I don't know.", "No idea.", "I cannot say.", "I'm not sure, but Rome", "Rome"]
    assert group(texts, question="Where?", embedder=Letters()) == ((0, 1, 2), (3, 4))


def test_with_the_real_model() -> None:
    texts = [
        "The kidneys filter waste out of the blood.",
        "They clean the blood of waste products.",
        "They help us to see.",
        "I have no idea.",
        "Probably they filter waste from the blood.",
    ]
    question = "What do the kidneys do?"
    assert group(texts, question=question, embedder=open_embedder()) == ((0, 1, 4), (2,), (3,))

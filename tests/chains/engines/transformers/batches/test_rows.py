"""The replies of a batch, each read by its own caller."""

from collections.abc import Callable, Generator

import pytest

from chains.engines.transformers.batches.rows import Asked, Batch
from chains.engines.transformers.drawing import Sampling, Step
from chains.errors import EngineStopped

ASKED: list[Asked] = [([1], Sampling(max_tokens=3)), ([2], Sampling(max_tokens=3))]


def drawing(
    ended: list[int], error: Exception | None = None
) -> Callable[[], Generator[tuple[int, Step], None, None]]:
    """Two steps of both replies, in turn, then one of the second only."""

    def draw() -> Generator[tuple[int, Step], None, None]:
        try:
            for number, token in ((0, 10), (1, 20), (0, 11), (1, 21), (1, 22)):
                yield number, Step(token, -1.0, (), 0)
                if error is not None and token == 20:
                    raise error
        finally:
            ended.append(1)

    return draw


def test_each_reply_gets_its_own_steps_in_whatever_order_they_are_read() -> None:
    for turns in ((0, 1, 0, 1, 1), (1, 1, 1, 0, 0), (0, 0, 1, 1, 1)):
        batch, read = Batch(ASKED, drawing([])), {0: [0], 1: [0]}
        steps = [batch.steps(number, *ASKED[number]) for number in (0, 1)]
        for number in turns:
            read[number].append(next(steps[number]).token)
        assert read == {0: [0, 10, 11], 1: [0, 20, 21, 22]}
        assert [list(left) for left in steps] == [[], []]


def test_the_last_reply_that_is_closed_stops_the_model() -> None:
    ended: list[int] = []
    batch = Batch(ASKED, drawing(ended))
    first, second = (batch.steps(number, *ASKED[number]) for number in (0, 1))
    next(first), next(second)
    first.close()
    assert not ended
    second.close()
    assert ended


def test_an_error_ends_every_reply_of_the_batch() -> None:
    batch = Batch(ASKED, drawing([], EngineStopped("It stopped.")))
    first, second = (batch.steps(number, *ASKED[number]) for number in (0, 1))
    assert next(first).token == 10
    with pytest.raises(EngineStopped):
        next(first)
    assert next(second).token == 20  # it had been drawn
    with pytest.raises(EngineStopped):
        next(second)


def test_only_what_was_announced_can_be_asked() -> None:
    batch = Batch(ASKED, drawing([]))
    with pytest.raises(ValueError, match="not the one that was announced"):
        next(batch.steps(0, [1, 2], ASKED[0][1]))

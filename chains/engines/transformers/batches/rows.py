"""Several requests answered as one batch, each by a chat model of its own, so that its caller sees no difference."""

from collections import deque
from collections.abc import Callable, Generator, Sequence

from chains.engines.transformers.batches.decoding import Drawn
from chains.engines.transformers.drawing import Sampling, Step

Asked = tuple[list[int], Sampling]  # a prompt, and how its reply is drawn


class Batch:
    """The steps of several replies that are drawn together; whichever reply is read first draws for all.

    Not for several threads.
    """

    def __init__(self, asked: Sequence[Asked], decode: Callable[[], Drawn]) -> None:
        self.asked = list(asked)
        self._drawn = decode()
        self._waiting: list[deque[Step]] = [deque() for _ in asked]
        self._open = set(range(len(asked)))
        self._error: Exception | None = None

    def steps(self, number: int, prompt: list[int], sampling: Sampling) -> Generator[Step, None, None]:
        """The steps of one reply. Once all replies are closed, drawing stops.

        Raises ValueError if anything else is asked than was announced, and what the engine raises.
        """
        if self.asked[number] != (prompt, sampling):
            raise ValueError("a request of a batch is not the one that was announced")
        try:
            while self._waiting[number] or self._draw(number):
                yield self._waiting[number].popleft()
        finally:
            self._open.discard(number)
            if not self._open:
                self._drawn.close()

    def _draw(self, number: int) -> bool:
        """Draw until this reply has a further step; returns whether it has."""
        if self._error is not None:
            raise self._error
        try:
            for other, step in self._drawn:
                self._waiting[other].append(step)
                if other == number:
                    return True
        except Exception as error:  # of the engine; the other replies of the batch end with it, too
            self._error = error
            raise
        return False

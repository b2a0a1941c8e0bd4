"""The line that shows a download: megabytes, speed and time left."""

import io

from chains.downloads.transfer_line import TransferLine

MB = 1_000_000


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_file_gets_a_line_every_few_seconds() -> None:
    clock, file = Clock(), io.StringIO()
    with TransferLine("downloading x", 1000 * MB, kept=100 * MB, stream=file, clock=clock) as line:
        for second in range(1, 13):
            clock.now = second
            line.show(second * 20 * MB)
    assert file.getvalue().splitlines() == [
        "downloading x: 900 MB, 100 MB kept",
        "downloading x: 200 of 1,000 MB (20%), 20.0 MB/s, about 40 s left",
        "downloading x: 300 of 1,000 MB (30%), 20.0 MB/s, about 35 s left",
        "downloading x: 900 MB in 12 s",
    ]


def test_a_terminal_gets_one_line_that_changes() -> None:
    clock, terminal = Clock(), Terminal()
    with TransferLine("downloading x", 10 * MB, stream=terminal, clock=clock) as line:
        for second in (1, 2):
            clock.now = second
            line.show(second * MB)
    assert terminal.getvalue().count("\n") == 1 and terminal.getvalue().count("\r") == 4
    assert "\r\x1b[Kdownloading x: 2 of 10 MB (20%), 1.0 MB/s, about 8 s left" in terminal.getvalue()


def test_a_lost_connection_shows_no_time_left() -> None:
    clock, file = Clock(), io.StringIO()
    try:
        with TransferLine("downloading x", 10 * MB, stream=file, clock=clock) as line:
            for second in range(1, 21):
                clock.now = second
                line.show(MB)
            raise ConnectionError
    except ConnectionError:
        pass
    assert file.getvalue().splitlines()[-1] == "downloading x: 1 of 10 MB (10%), 0.0 MB/s"

"""UQLM against Credence: the same signals of the same questions, with one model and engine, in turn."""

from collections.abc import Callable, Sequence
from pathlib import Path
from time import perf_counter

from langchain_core.language_models import BaseChatModel

from benchmarks.speed.engines import description, fastest, opened
from benchmarks.speed.peers.child import Child, child
from benchmarks.speed.peers.environment import environment
from benchmarks.speed.questions import Numbered
from benchmarks.speed.results import Peer
from benchmarks.speed.turns import followed
from chains.engines.llama.chat_model import ChatLlama
from chains.pipeline.live import LiveTurn
from chains.progress import tracked
from chains.settings import Settings
from estimators.types import Question

FOLDER = Path(__file__).parents[3] / "build" / "peers"
TOKENS = 64  # the longest answer
QUESTIONS = (
    "What is the capital of Australia?",
    "Which planet is known as the red planet?",
    "Who wrote Romeo and Juliet?",
    "How many days does a leap year have?",
    "At what temperature in degrees Celsius does water boil?",
    "What is the largest ocean?",
    "In which year did the Second World War end?",
    "Which gas do plants take from the air?",
)
UQLM = ("uqlm", "langchain-openai", "transformers<5", "pyarrow<20", "torch==2.13.0")


def measured_peers(model: str, folder: Path = FOLDER) -> tuple[Peer, ...]:
    """UQLM, installed if necessary; raises CredenceError."""
    return (_uqlm(model, folder / "uqlm"),)


def _uqlm(name: str, folder: Path) -> Peer:
    python = environment(folder, UQLM)
    model = opened(name, fastest())
    try:
        assert isinstance(model, ChatLlama)
        settings = {"url": f"{model.engine.url}/v1", "key": model.engine.key, "tokens": TOKENS}
        signals = ("sequence_probability", "p_true_third", "likert_third_label")
        with child(python, "uqlm_scores.py", settings) as other:
            return _in_turn(other, model, signals, "sequence probability, P(True), Likert judge")
    finally:
        getattr(model, "close", lambda: None)()


def _in_turn(other: Child, model: BaseChatModel, signals: Sequence[str], what: str) -> Peer:
    settings = Settings(signals=tuple(signals), calibration="none", max_tokens=TOKENS)
    sides: tuple[Callable[[str], float], ...] = (
        other.seconds,
        lambda question: _seconds(model, question, settings),
    )
    taken: tuple[list[float], ...] = ([], [])
    numbered = Numbered()
    for side in sides:
        side(numbered(QUESTIONS[0]))  # a first one warms up
    for place, question in enumerate(tracked(QUESTIONS, other.name, "questions")):
        for which in (0, 1) if place % 2 else (1, 0):
            taken[which].append(sides[which](numbered(question)))
    return Peer(other.name, description(model), what, tuple(taken[0]), tuple(taken[1]))


def _seconds(model: BaseChatModel, question: str, settings: Settings) -> float:
    start = perf_counter()
    followed(LiveTurn(model, Question(question), settings))
    return perf_counter() - start

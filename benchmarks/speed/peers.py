"""Other packages against Credence: the same signals of the same questions, with one model and engine, in turn."""

from collections.abc import Callable, Iterator, Sequence
from time import perf_counter

from langchain_core.language_models import BaseChatModel

from benchmarks.peers.child import Child
from benchmarks.peers.packages import LM_POLYGRAPH, SAME_SIGNALS, TOKENS, UQLM, opened_package
from benchmarks.speed.engines import TRANSFORMERS, description, fastest, opened
from benchmarks.speed.measured import load, this_machine
from benchmarks.speed.questions import Numbered
from benchmarks.speed.results import Peer
from benchmarks.speed.turns import followed
from chains.engines.embedded import embedded_path
from chains.engines.llama.chat_model import ChatLlama
from chains.errors import CredenceError
from chains.pipeline.live import LiveTurn
from chains.progress import tracked
from chains.settings import Settings
from estimators.types import Question

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
SMALL = "tiny"  # the model on transformers, where the larger one takes minutes
LEAN = "without attention maps and hidden states"
OURS_UQLM = ("sequence_probability", "p_true_third", "likert_third_label")
OURS_LM_POLYGRAPH = ("sequence_probability", "minimum_probability", "mean_entropy", "p_true_third")
SEQUENCE = "sequence probability, perplexity, mean token entropy, P(True)"


def measured_peers(model: str) -> tuple[Peer, ...]:
    """Both packages, installed if necessary; one that cannot be measured says why."""
    sides: tuple[tuple[str, str, Callable[[], Peer]], ...] = (
        (UQLM.name, "sequence probability, P(True), Likert judge", lambda: _uqlm(model)),
        (LM_POLYGRAPH.name, SEQUENCE, lambda: _lm_polygraph(everything=True)),
        (f"{LM_POLYGRAPH.name}, {LEAN}", SEQUENCE, lambda: _lm_polygraph(everything=False)),
    )
    return tuple(_or_reason(*side) for side in sides)


def _or_reason(name: str, signals: str, measure: Callable[[], Peer]) -> Peer:
    try:
        return measure()
    except CredenceError as error:
        return Peer(name, "", signals, (), (), missing=str(error))


def _uqlm(name: str) -> Peer:
    model = opened(name, fastest())
    try:
        if not isinstance(model, ChatLlama):
            raise CredenceError("UQLM is compared on llama.cpp only. Open a .gguf file.")
        settings = {"url": f"{model.engine.url}/v1", "key": model.engine.key, "tokens": TOKENS}
        with opened_package(UQLM, settings) as other:
            what = "sequence probability, P(True), Likert judge"
            return in_turn(other, other.name, model, OURS_UQLM, what, one_engine=True)
    finally:
        getattr(model, "close", lambda: None)()


def _lm_polygraph(everything: bool) -> Peer:
    model = opened(SMALL, TRANSFORMERS)
    settings = {
        "file": embedded_path(SMALL),
        "tokens": TOKENS,
        "estimators": SAME_SIGNALS,
        "everything": everything,
    }
    with opened_package(LM_POLYGRAPH, settings) as other:
        name = other.name if everything else f"{other.name}, {LEAN}"
        return in_turn(other, name, model, OURS_LM_POLYGRAPH, SEQUENCE, one_engine=False)


def in_turn(
    other: Child, name: str, model: BaseChatModel, signals: Sequence[str], what: str, *, one_engine: bool
) -> Peer:
    """Both sides on every question, each first in half of them, after one question that is not counted.

    On one engine each side has numbers of its own before its questions, so that neither finds the other's prompt in the
    prefix cache; otherwise both get the same text. A question counts only if our answer was complete, because one that
    was cut off is not probed.
    """
    settings = Settings(signals=tuple(signals), calibration="none", max_tokens=TOKENS)
    before, theirs, ours, left_out = load(), [], [], 0
    for place, texts in enumerate(tracked(list(_texts(one_engine)), name, "questions")):
        taken: dict[int, float | None] = {}
        for side in (0, 1) if place % 2 else (1, 0):
            asked = other.scored(texts[0]).seconds if side == 0 else _seconds(model, texts[1], settings)
            taken[side] = asked
        if place == 0:
            continue  # it warmed up
        if (their := taken[0]) is None or (our := taken[1]) is None:
            left_out += 1
            continue
        theirs.append(their)
        ours.append(our)
    if not ours:
        raise CredenceError("Every answer was cut off, so there is nothing to compare.")
    return Peer(
        name, description(model), what, tuple(theirs), tuple(ours), left_out, measured=this_machine(before)
    )


def _texts(one_engine: bool) -> Iterator[tuple[str, str]]:
    """The question for the other package and for Credence; the first one warms up."""
    numbered = Numbered()
    for question in (QUESTIONS[0], *QUESTIONS):
        first = numbered(question)
        yield first, numbered(question) if one_engine else first


def _seconds(model: BaseChatModel, question: str, settings: Settings) -> float | None:
    """How long the answer and all signals took; None if the answer was cut off."""
    start = perf_counter()
    turn = followed(LiveTurn(model, Question(question), settings))
    seconds = perf_counter() - start
    return seconds if turn.answer is not None and turn.answer.finish == "stop" else None

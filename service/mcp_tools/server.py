"""The MCP server: three tools with which an agent learns how far it can rely on an answer."""

from functools import partial
from typing import Annotated, Any

from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp.types import ToolAnnotations
from pydantic import Field, ValidationError

from chains.models.slot import ModelSlot
from chains.pipeline.turn import Turn
from chains.settings import Settings
from estimators.markers.rewriting import rewritten
from estimators.percent import percent
from service.asking import asked_in, last, question_of, read, turns_of
from service.faults import fault_of, invalid
from service.limits import CHARACTERS, CHOICES
from service.requests import Asked
from service.result import Value, figure_of, sentence

NAME = "credence"
INSTRUCTIONS = """Credence measures how sure a local language model is of an answer: P(the answer is correct), from its
token probabilities and from asking it again. Use `how_sure` for a question, `check_answer` for an answer you already
have, and `rewrite_with_honest_words` before you pass an answer on. If `confidence` is null, `missing` says why: then
nothing is known, which is not the same as 0."""

Question = Annotated[str, Field(description="The question, in full.", min_length=1, max_length=CHARACTERS)]
Text = Annotated[str, Field(min_length=1, max_length=CHARACTERS)]
Choices = Annotated[
    list[str] | None, Field(description="Options to choose from, one line each.", max_length=CHOICES)
]
Samples = Annotated[
    int,
    Field(
        ge=0,
        le=25,
        description="Further answers to draw and compare with this one; slower, and more reliable.",
    ),
]
READ_ONLY = ToolAnnotations(
    read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False
)


class Sureness(Value):
    """How sure the model is of an answer."""

    summary: str = Field(description="The figure in one sentence.")
    answer: str
    confidence: float | None = Field(description="P(the answer is correct), from 0 to 1; null if unknown.")
    missing: str = Field(description="Why there is no confidence; empty if there is one.")
    calibrated: bool = Field(description="Whether the confidence was fitted on questions with known answers.")
    abstain: bool = Field(description="Advice not to rely on the answer.")
    signals: dict[str, float | None] = Field(
        description="What the figure and other methods say; null if missing."
    )
    other_answers: list[str] = Field(description="Sampled answers that mean something else.")
    model: str


class HonestWords(Value):
    """A text whose words of doubt match a confidence."""

    text: str
    marker: str = Field(description="The phrase of doubt that was put in; empty if the text has none now.")
    confidence: float
    summary: str


def mcp_server(slot: ModelSlot, settings: Settings | None = None) -> MCPServer[Any]:
    """The server with its tools; run it with ``run("stdio")``, or serve ``streamable_http_app()``.

    A call waits for a model that is still being opened, because clients do not wait long for a server to start.
    """
    server = PlainServer(NAME, title="Credence", instructions=INSTRUCTIONS, log_level="WARNING")
    tools = Tools(slot, settings or Settings())
    server.tool(title="How sure are you?", annotations=READ_ONLY)(tools.how_sure)
    server.tool(title="Check this answer", annotations=READ_ONLY)(tools.check_answer)
    server.tool(title="Rewrite with honest words", annotations=READ_ONLY)(tools.rewrite_with_honest_words)
    return server


class PlainServer(MCPServer[Any]):
    """The SDK's server, which says in a sentence what is wrong with the arguments of a call."""

    async def call_tool(self, *call: Any, **more: Any) -> Any:
        """Call a tool; raises ToolError, also for arguments that do not fit."""
        try:
            return await super().call_tool(*call, **more)
        except ToolError as error:
            if isinstance(error.__cause__, ValidationError):
                raise ToolError(str(invalid(error.__cause__.errors()))) from error
            raise


class Tools:
    """The tools of the model in use."""

    def __init__(self, slot: ModelSlot, settings: Settings) -> None:
        self._slot, self._settings = slot, settings

    async def how_sure(self, question: Question, choices: Choices = None, samples: Samples = 0) -> Sureness:
        """Ask the model a question and get its answer with P(the answer is correct)."""
        return await self._sureness(question, None, choices, samples)

    async def check_answer(
        self, question: Question, answer: Text, choices: Choices = None, samples: Samples = 0
    ) -> Sureness:
        """Get P(this answer to this question is correct), as the model judges it."""
        return await self._sureness(question, answer, choices, samples)

    async def rewrite_with_honest_words(
        self,
        answer: Text,
        question: Annotated[
            str,
            Field(description="The question it answers; needed without `confidence`.", max_length=CHARACTERS),
        ] = "",
        confidence: Annotated[
            float | None, Field(ge=0, le=1, description="P(the answer is correct), if you know it already.")
        ] = None,
    ) -> HonestWords:
        """Rewrite an answer so that its words of doubt ("probably") tell people how sure one can be of it."""
        if confidence is None:
            if not question.strip():
                raise ToolError(
                    "Give `confidence`, or the `question`, so that the answer can be checked first."
                )
            checked = await self._sureness(question, answer, None, 0)
            if checked.confidence is None:
                raise ToolError(f"The confidence is unknown, so no words fit: {checked.missing}.")
            confidence = checked.confidence
        after = rewritten(answer, confidence)
        said = (
            f"people read “{after.marker}” as {percent(after.norm)}"
            if after.norm is not None
            else "no doubt is left"
        )
        return HonestWords(
            text=after.text,
            marker=after.marker,
            confidence=confidence,
            summary=f"The confidence is {percent(confidence)}; {said}.",
        )

    async def _sureness(
        self, question: str, answer: str | None, choices: list[str] | None, samples: int
    ) -> Sureness:
        try:
            asked = question_of(read(Asked, question=question, choices=choices))
            settings = self._settings.model_copy(update={"samples": samples} if samples else {})
            ask = partial(turns_of, settings=settings, question=asked, answer=answer)
            turn = await last(asked_in(self._slot, ask, wait=True))
        except Exception as error:
            raise ToolError(str(fault_of(error))) from error
        return _sureness(turn)


def _sureness(turn: Turn) -> Sureness:
    if turn.assessment is None or turn.answer is None:
        raise ToolError("The model gave no answer. Try again.")
    figure = figure_of(turn.assessment)
    others = [answer.text for answer in figure.samples.answers if not answer.shown] if figure.samples else []
    return Sureness(
        summary=sentence(figure),
        answer=turn.answer.text,
        confidence=figure.confidence,
        missing=figure.missing,
        calibrated=figure.calibrated,
        abstain=figure.abstain,
        signals={signal.name: signal.confidence for signal in figure.signals},
        other_answers=others,
        model=figure.model.name,
    )

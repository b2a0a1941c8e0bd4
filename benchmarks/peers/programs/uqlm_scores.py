"""Times UQLM: sequence probability, P(True) and a Likert judge of one question a line. Runs in UQLM's own environment."""

import asyncio
import json
import sys
from importlib.metadata import version
from time import perf_counter
from typing import Any

from langchain_openai import ChatOpenAI
from uqlm import LLMPanel, WhiteBoxUQ


def main() -> None:
    """Read the settings, then questions; write the seconds of each."""
    settings = json.loads(sys.stdin.readline())
    llm = ChatOpenAI(
        base_url=settings["url"], api_key=settings["key"], model="served", temperature=0,
        max_completion_tokens=settings["tokens"],
    )  # fmt: skip
    tokens = WhiteBoxUQ(llm=llm, scorers=["sequence_probability", "p_true"])
    judge = LLMPanel(llm=llm, judges=[llm], scoring_templates=["likert"])
    reply({"name": f"uqlm {version('uqlm')}"})
    with asyncio.Runner() as runner:  # one event loop, because the client keeps its connections
        for line in sys.stdin:
            question, start = json.loads(line)["question"], perf_counter()
            runner.run(scored(tokens, judge, question))
            reply({"seconds": perf_counter() - start})


async def scored(tokens: Any, judge: Any, question: str) -> None:
    """All three scores of one answer, which is written once."""
    result = await tokens.generate_and_score(prompts=[question], show_progress_bars=False)
    await judge.score(prompts=[question], responses=result.data["responses"], show_progress_bars=False)


def reply(values: dict[str, Any]) -> None:
    """Write one line for the process that asks."""
    print(json.dumps({"credence": values}), flush=True)


if __name__ == "__main__":
    main()

"""Sample a model's replies to a question file, one JSON line each, for people to label by hand."""

import json
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from chains import open_chat_model
from chains.identity import identity
from chains.pipeline.model_calls import Meter, ask_whole, sampling
from chains.pipeline.probes import answer_messages
from chains.progress import tracked
from chains.settings import Settings
from estimators.types import Message, Question
from evaluation.commands.arguments import command_parser
from evaluation.jsonl_file import BadFile, numbered_objects
from evaluation.questions.reader import AskedQuestion, readable

ASKED = {
    "brief": "\n\nAnswer in one short sentence.",
    "careful": "\n\nAnswer in three sentences, and say in each of them, in words of your own, how sure you are of it.",
}


def wanted(questions: Sequence[AskedQuestion], style: str, samples: int) -> Iterator[dict[str, Any]]:
    """Every request to send: each question with each seed from 1 on."""
    for seed in range(1, samples + 1):
        for question in questions:
            yield {"id": question.id, "question": question.question, "style": style, "seed": seed}


def messages(text: str, style: str) -> tuple[Message, ...]:
    """The messages of a style: hedged as in the chat, one short sentence, or doubt in the model's own words."""
    if style == "hedged":
        return answer_messages(Question(text), hedge=True, instruct=True)
    return (Message("user", text + ASKED[style]),)


def sampled(path: Path, model: str) -> set[tuple[str, int]]:
    """Question and seed of every reply in a file; none if there is no file. Raises BadFile for another model's."""
    if not path.exists():
        return set()
    done = set()
    for number, row in numbered_objects(path):
        if row.get("model") != model:
            raise BadFile(
                f"{path}, line {number}: a reply of {row.get('model')}, and {model} is open now. Choose another OUT, or "
                "open the model of these replies with --model."
            )
        done.add((row["id"], row["seed"]))
    return done


def main(arguments: Sequence[str] | None = None) -> int:
    """``python -m evaluation replies QUESTIONS OUT --model … --style hedged|brief|careful --samples 3``; resumes."""
    parser = command_parser("replies", __doc__)
    parser.add_argument("questions", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--model", default="builtin")
    parser.add_argument("--style", choices=("hedged", *ASKED), default="hedged")
    parser.add_argument("--samples", type=int, default=3)
    parser.add_argument("--temperature", type=float, default=1.0)
    parser.add_argument("--concurrency", type=int, default=2)
    args = parser.parse_args(arguments)
    questions = readable(args.questions, skip_bad=False)
    model = open_chat_model(args.model)
    done = sampled(args.out, identity(model)["model"])
    rest = [
        request
        for request in wanted(questions, args.style, args.samples)
        if (request["id"], request["seed"]) not in done
    ]
    settings = Settings(temperature=args.temperature, max_tokens=120)

    def reply(request: dict[str, Any]) -> dict[str, Any]:
        options = sampling(model, settings, seed=request["seed"])
        answer = ask_whole(model, messages(request["question"], args.style), options, Meter())
        return {**request, "model": identity(model)["model"], "text": answer.text}

    with ThreadPoolExecutor(args.concurrency) as pool, args.out.open("a", encoding="utf-8") as file:
        replies = pool.map(reply, rest)
        for row in tracked(replies, "asking", "replies", total=len(rest) + len(done), done=len(done)):
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
            file.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())

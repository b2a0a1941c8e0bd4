"""Do llama.cpp and transformers compute the same log-probabilities from one GGUF file?

    python -m benchmarks.engines_agree [FILE.gguf]

llama.cpp writes answers, greedy and sampled; transformers (dequantized, float32) reads exactly
those tokens after the same prompt, so one different choice does not change the rest. Then both
score texts that neither wrote. Prints the mean absolute difference of the tokens' log-probabilities
in nats for all three, also by surprise: surprising tokens differ more, and a fixed text is more
surprising than a greedy answer.
"""

import os
import platform
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version

import numpy as np
from langchain_core.messages import HumanMessage

from chains.engines.llama.chat_model import ChatLlama
from chains.engines.open import open_chat_model
from chains.engines.transformers.chat_model import TransformersChatModel
from chains.progress import tracked

QUESTIONS = (
    "What is the capital of Italy?",
    "Name three primary colours.",
    "How many days does a week have?",
    "What do bees make?",
    "Which planet is known as the red planet?",
    "What is  12 times 12? And 3456 plus  7?",  # two spaces before digits: a test of the tokenizers
    "At what temperature does water boil?",
    "Write one sentence about the sea.",
    "Is a whale a fish?",
    "Who wrote Romeo and Juliet?",
)
CHARACTERS = "Café, naïve, 日本 and 🦜: what are these?  5"  # only to compare the prompt's tokens
TEXTS = (  # question, and text to score as its answer
    ("What is the capital of Australia?", "The capital of Australia is Canberra, not Sydney."),
    ("What is the capital of Australia?", "I am fairly sure that it is Melbourne."),
    ("Was ist die Hauptstadt von Österreich?", "Die Hauptstadt von Österreich heißt „Wien“."),
    ("Name an animal.", "🦘 and 🦜, or a 👩‍🚀 (who is none)."),
    ("Translate: peace.", "שלום, 平和, мир, paix, सलाम"),
    ("What did she say?", 'She said: "It\'s \\"fine\\", really" – and left…'),
    ("Write a path.", "C:\\temp\\new\\x.txt\n/usr/bin/env\n\n\tdone"),
    ("Give some code.", "def f(x):\n    return {k: v**2 for k, v in x.items()}  # 3.14159"),
    ("Who wrote Faust?", "Goethe wrote it between 1772 and 1831: 59 years, 2 parts, 12,111 verses."),
    ("Name a café.", "  Café «Zoë», naïve façade, 5 €  \n"),
    ("How does a chat template end?", "With <|im_end|>, which is only text here."),
    ("Is a whale a fish?", "No. A whale is a mammal: it breathes air, and it feeds its young with milk."),
)


SURPRISES = (0.0, 1.0, 3.0, 6.0, np.inf)  # −log p by llama.cpp, in nats
HOT = 1.2  # sampling temperature, high enough for surprising tokens


@dataclass(frozen=True, slots=True)
class Agreement:
    """Differences of log-probabilities, transformers minus llama.cpp, in nats, one per token."""

    differences: tuple[float, ...]
    surprises: tuple[float, ...]  # −log p by llama.cpp, in nats, of the same tokens
    same_prompts: int  # prompts that both engines tokenize identically
    prompts: int
    what: str

    @property
    def mean(self) -> float:
        """Mean absolute difference."""
        return float(np.abs(self.differences).mean())

    def interval(self, resamples: int = 10_000, seed: int = 0) -> tuple[float, float]:
        """95 % bootstrap interval of the mean absolute difference, over tokens."""
        return _interval(np.abs(self.differences), resamples, seed)

    def by_surprise(self) -> tuple[np.ndarray, ...]:
        """The absolute differences of the tokens in each range of SURPRISES."""
        places = np.digitize(self.surprises, SURPRISES[1:-1])
        return tuple(np.abs(self.differences)[places == place] for place in range(len(SURPRISES) - 1))

    def table(self) -> str:
        """The mean absolute difference in each range of SURPRISES, with its interval."""
        lines = []
        for low, high, sizes in zip(SURPRISES, SURPRISES[1:], self.by_surprise(), strict=False):
            figures = "none"
            if len(sizes):
                bounds = _interval(sizes)
                figures = (
                    f"{sizes.mean():.4f} nats (95 % {bounds[0]:.4f} to {bounds[1]:.4f}), n = {len(sizes)}"
                )
            lines.append(f"  surprise {low:g} to {high:g} nats: {figures}")
        return "\n".join(lines)

    def __str__(self) -> str:
        low, high = self.interval()
        sizes = np.abs(self.differences)
        return (
            f"{len(sizes)} tokens of {self.prompts} {self.what} tokenized identically {self.same_prompts} of "
            f"{self.prompts}\nmean absolute difference {self.mean:.4f} nats (95 % {low:.4f} to {high:.4f}), "
            f"median {np.median(sizes):.4f}, largest {sizes.max():.4f}, "
            f"mean signed difference {np.mean(self.differences):+.4f}\n{self.table()}"
        )


def _interval(sizes: np.ndarray, resamples: int = 10_000, seed: int = 0) -> tuple[float, float]:
    """95 % bootstrap interval of a mean."""
    rng = np.random.default_rng(seed)
    low, high = np.percentile(rng.choice(sizes, (resamples, len(sizes))).mean(axis=1), [2.5, 97.5])
    return float(low), float(high)


def compare(
    llama: ChatLlama,
    transformers: TransformersChatModel,
    questions: Sequence[str] = QUESTIONS,
    max_tokens: int = 24,
    temperature: float = 0.0,
) -> Agreement:
    """Let llama.cpp answer, and score exactly its tokens with both engines; sampling uses seed 1.

    llama.cpp reports a character of several tokens as one entry; such entries
    and all after them are left out.
    """
    differences: list[float] = []
    surprises: list[float] = []
    same = 0
    for question in tracked(questions, "answering", "questions"):
        theirs, ours = prompts(llama, transformers, question)
        same += theirs == ours
        options = {"temperature": temperature, "seed": 1, "max_tokens": max_tokens, "logprobs": True}
        reply = llama.bind(**options).invoke(question)
        tokens: list[int] = []
        reported: list[float] = []
        for entry in reply.response_metadata["logprobs"]["content"]:
            if transformers.token_bytes(entry["id"]) != bytes(entry["bytes"]):
                break
            tokens.append(entry["id"])
            reported.append(entry["logprob"])
        scored = transformers.engine.logprobs(theirs, tokens)
        differences += [ours - theirs for ours, theirs in zip(scored, reported, strict=True)]
        surprises += [-logprob for logprob in reported]
    what = f"sampled answers (T = {temperature:g}); prompts" if temperature else "greedy answers; prompts"
    return Agreement(tuple(differences), tuple(surprises), same, len(questions), what)


def compare_scores(
    llama: ChatLlama, transformers: TransformersChatModel, texts: Sequence[tuple[str, str]] = TEXTS
) -> Agreement:
    """Let both engines score the texts, each with its own template and tokenizer, one difference per token.

    A text that they tokenize differently is counted and left out.
    """
    differences: list[float] = []
    surprises: list[float] = []
    same = 0
    for question, text in tracked(texts, "scoring", "texts"):
        theirs, ours = (
            model.score([HumanMessage(question)], text, 1).response_metadata["logprobs"]["content"]
            for model in (llama, transformers)
        )
        if [entry["bytes"] for entry in theirs] == [entry["bytes"] for entry in ours]:
            same += 1
            differences += [b["logprob"] - a["logprob"] for a, b in zip(theirs, ours, strict=True)]
            surprises += [-entry["logprob"] for entry in theirs]
    return Agreement(tuple(differences), tuple(surprises), same, len(texts), "fixed texts; texts")


def prompts(
    llama: ChatLlama, transformers: TransformersChatModel, question: str
) -> tuple[list[int], list[int]]:
    """The prompt's token ids in llama.cpp and in transformers, each with its own template and tokenizer."""
    messages = [{"role": "user", "content": question}]
    text = llama.engine.post("/apply-template", {"messages": messages})["prompt"]
    body = {"content": text, "add_special": True, "parse_special": True}
    theirs: list[int] = llama.engine.post("/tokenize", body)["tokens"]
    return theirs, transformers.prompt_tokens([HumanMessage(question)])


def main(spec: str = "tiny") -> None:
    """Print the figures with versions and machine."""
    llama = open_chat_model(spec)
    transformers = open_chat_model(spec, engine="transformers", device="cpu")
    assert isinstance(llama, ChatLlama) and isinstance(transformers, TransformersChatModel)
    try:
        greedy = compare(llama, transformers)
        sampled = compare(llama, transformers, temperature=HOT)
        scored = compare_scores(llama, transformers)
        same_characters = len(set(map(tuple, prompts(llama, transformers, CHARACTERS)))) == 1
    finally:
        llama.close()
        transformers.close()
    versions = ", ".join(f"{name} {version(name)}" for name in ("xllamacpp", "transformers", "torch"))
    for agreement in (greedy, sampled, scored):
        print(agreement)
    print(f"multi-byte prompt tokenized identically: {'yes' if same_characters else 'no'}")
    print(f"{(transformers.metadata or {})['credence']['model']} · {versions}")
    print(f"{platform.machine()}, {os.cpu_count()} processors · {datetime.now(UTC):%Y-%m-%d}")


if __name__ == "__main__":
    main(*sys.argv[1:2])

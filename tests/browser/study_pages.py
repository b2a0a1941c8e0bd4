"""Small studies for tests of the pages: designs with frozen answers, and a server around each."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import uvicorn
import yaml
from langchain_core.language_models import BaseChatModel

from estimators.types import Assessment
from study.design.reader import read_design
from study.design.stimuli import Stimulus, read_stimuli, unready, written
from study.session.service import Study
from study.store.database import Store, open_store
from tests.ports import free_port
from tests.ui.test_study_conditions import assessment
from ui.study.serving import study_app

CAPITALS = (
    ("australia", "Which city is the capital of Australia?", ("Canberra", "Sydney", "Perth"), True),
    ("brazil", "Which city is the capital of Brazil?", ("Rio de Janeiro", "Brasília", "São Paulo"), False),
    ("canada", "Which city is the capital of Canada?", ("Ottawa", "Toronto", "Montréal"), True),
)
GOLD = {"australia": "Canberra", "brazil": "Brasília", "canada": "Ottawa", "practice": "Paris"}
CHOSEN = {"australia": "Canberra", "brazil": "Rio de Janeiro", "canada": "Ottawa", "practice": "Paris"}
ALL = (
    "token-colours",
    "token-number",
    "verbalized-number",
    "marker-ranges",
    "calibrated-number",
    "abstention-banner",
    "side-by-side",
)


def design(flow: str = "own-answer-first", **changes: Any) -> dict[str, Any]:
    """A design with three items and every other kind of screen."""
    items = [
        {"id": name, "question": question, "options": list(options), "gold": [GOLD[name]]}
        for name, question, options, _ in CAPITALS
    ]
    whole = {
        "study": "capitals",
        "title": "How people use the answers of an AI",
        "flow": flow,
        "conditions": [{"name": "numbers", "shows": ["token-number", "marker-ranges"]}],
        "consent": {
            "text": "This study is about how people decide whether to rely on an AI. It takes about ten minutes.\n\n"
            "Taking part is voluntary: you may leave at any time, and have everything deleted that you answered."
        },
        "instructions": [
            "You will see questions, and the answer of an AI to each.\n\nSome of its answers are wrong."
        ],
        "items": items,
        "practice": [
            {
                "id": "practice",
                "question": "Which city is the capital of France?",
                "options": ["Paris", "Lyon"],
                "gold": ["Paris"],
                "feedback": "In the study itself you are told only at the end.",
            }
        ],
        "attention_checks": [
            {
                "id": "blue",
                "after": 2,
                "question": "To show that you read this, choose “blue”.",
                "options": ["red", "blue", "green"],
                "expected": "blue",
            }
        ],
        "questionnaires": [
            {
                "id": "about-you",
                "title": "About the AI, and about you",
                "questions": [
                    {
                        "name": "trust",
                        "kind": "likert",
                        "label": "I would rely on this AI.",
                        "points": 7,
                        "low_label": "do not agree at all",
                        "high_label": "agree fully",
                    },
                    {
                        "name": "often",
                        "kind": "choice",
                        "label": "How often do you use such an AI?",
                        "options": ["never", "now and then", "every day"],
                    },
                    {
                        "name": "uses",
                        "kind": "choices",
                        "label": "What do you use it for?",
                        "options": ["work", "school", "play"],
                        "required": False,
                    },
                    {
                        "name": "effort",
                        "kind": "slider",
                        "label": "How hard was it?",
                        "low_label": "very easy",
                        "high_label": "very hard",
                    },
                    {
                        "name": "remarks",
                        "kind": "text",
                        "label": "Anything else?",
                        "long": True,
                        "required": False,
                    },
                ],
            }
        ],
        "debriefing": {
            "text": "Thank you. Some of the answers that you saw were wrong; here is which.",
        },
        "completion": {"code": "C1A2B3"},
    }
    if flow == "annotation":
        whole |= {
            "conditions": [],
            "practice": [],
            "attention_checks": [],
            "annotation": {"overlap": 2, "items_each": 3},
        }
    if flow == "free-chat":
        whole |= {"practice": []}
    return whole | changes


def stimulus(name: str, question: str, options: tuple[str, ...], record: Assessment) -> Stimulus:
    """A frozen answer."""
    right = CHOSEN[name] == GOLD[name]
    return Stimulus(name, question, options, (GOLD[name],), right, "the test", record)


def answer_to(name: str) -> Assessment:
    """The AI's answer to an item, with low confidence if it is wrong."""
    city = CHOSEN[name]
    words = (("It", 0.95), (" is", 0.9), (" probably", 0.3), (f" {city}", 0.7), (",", 0.9), (" I", 0.9))
    return assessment((*words, (" think", 0.4), (".", 0.99)), abstain=True)


@dataclass
class Served:
    """A running study and its parts."""

    url: str
    study: Study
    store: Store
    stop: Callable[[], None]
    extra: dict[str, Any] = field(default_factory=dict)

    def rows(self, *kinds: str) -> list[dict[str, Any]]:
        """The payloads of the stored events of these kinds, with their kind as ``event`` and their screen."""
        events = self.store.events(self.study.design.study, kinds=kinds or None)
        return [{**json.loads(row.payload), "event": row.kind, "screen": row.screen} for row in events]


def write_study(folder: Path, whole: dict[str, Any]) -> Path:
    """The design file, next to its frozen answers."""
    path = folder / "study.yaml"
    path.write_text(yaml.safe_dump(whole, allow_unicode=True, sort_keys=False), encoding="utf-8")
    stimuli = [
        stimulus(item["id"], item["question"], tuple(item["options"]), answer_to(item["id"]))
        for item in (*whole["items"], *whole["practice"])
    ]
    path.with_suffix(".frozen.jsonl").write_text(written({"model": "none"}, stimuli), encoding="utf-8")
    return path


@contextmanager
def served(
    path: Path, port: int | None = None, model: BaseChatModel | None = None, password: str | None = None
) -> Iterator[Served]:
    """Serve a study on a free port."""
    file = read_design(path)
    stimuli = read_stimuli(file.stimuli_path)
    assert unready(file.design, stimuli) == ()
    store = open_store(f"sqlite:///{path.with_suffix('.sqlite')}")
    study = Study(file, stimuli, store)
    port = port or free_port()
    config = uvicorn.Config(
        study_app(study, model=model, password=password),
        host="127.0.0.1",
        port=port,
        log_level="warning",
        access_log=False,
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)

    def stop() -> None:
        server.should_exit = True
        thread.join(10)

    try:
        yield Served(f"http://127.0.0.1:{port}/", study, store, stop)
    finally:
        stop()
        store.close()

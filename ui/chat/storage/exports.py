"""A conversation as a file: JSON with all evidence, Markdown, or one HTML page."""

import json
import math
from collections.abc import Iterable
from typing import Any

from markupsafe import Markup

from estimators.parsing.reasoning import shown_part
from ui.chat.conversation import Conversation, Entry
from ui.chat.storage.kept_settings import settings_record
from ui.chat.storage.records import record_of
from ui.html import render
from ui.panel import panel_html
from ui.parts import SHEETS, scripts
from ui.shown.turn import shown_turn

SCHEMA = "credence.conversation/1"
LABELS = {"yes": "right", "no": "wrong", "unknown": "not known"}


def as_data(conversation: Conversation) -> dict[str, Any]:
    """The conversation with all its evidence, ready for JSON."""
    kept = {"schema": SCHEMA, "turns": _turns(conversation.entries)}
    if conversation.settings is None:
        return kept
    return {**kept, "settings": settings_record(conversation.settings, conversation.risk)}


def _turns(entries: Iterable[Entry]) -> list[dict[str, Any]]:
    """Turns with their other versions, and with what follows each of these."""
    return [
        {
            **_record(entry),
            "place": entry.branches.index(entry),
            "branches": [
                {**_record(version), "later": _turns(version.later)}
                for version in entry.branches
                if version is not entry
            ],
        }
        for entry in entries
    ]


def _record(entry: Entry) -> dict[str, Any]:
    kept = record_of(entry)
    state = kept["state"] or {}
    assessment = state.pop("assessment", None)
    return {
        "question": entry.question,
        "label": entry.label,
        "error": entry.error or None,
        "assessment": assessment,
        "kept": {name: kept[name] for name in kept if name not in ("question", "label", "error")},
    }


def as_markdown(conversation: Conversation) -> str:
    """The conversation as Markdown: questions, answers as the model wrote them, and one line about each."""
    parts = [f"# {_title(conversation)}\n"]
    for entry in conversation.entries:
        quoted = "\n".join(f"> {line}".rstrip() for line in entry.question.splitlines())
        parts.append(f"{quoted}\n\n{_reasoning_part(entry)}{_text(entry)}\n\n*{'. '.join(_about(entry))}.*\n")
    return "\n---\n\n".join(parts)


def as_page(conversation: Conversation) -> str:
    """The conversation as one HTML page, as it was seen; it needs no other file, no script and no server."""
    turns = [_drawn(entry) for entry in conversation.entries]
    styles = Markup(scripts(*SHEETS, "conversation_page.css"))  # nosec B704 # our own files
    return render("conversation_page.html", title=_title(conversation), turns=turns, style=styles)


def _drawn(entry: Entry) -> dict[str, Any]:
    """A turn for the page: what its bubble shows, and its panel."""
    shown = shown_turn(entry)
    bubble = shown.bubble
    typed, files = bubble["asked"]
    return {
        "typed": typed,
        "files": files,
        "text": _text(entry),
        "tokens": [_token(*row) for row in bubble["tokens"]],
        "blocks": [json.loads(block) for block in bubble["blocks"]],
        "notes": bubble["notes"],
        "reasoning": _reasoning(entry),
        "advice": bubble["advice"],
        "badge": bubble["badge"],
        "claims": bubble["claims"],
        "about": ". ".join(_about(entry)) + ".",
        "error": bubble["error"],
        "panel": Markup(panel_html(shown.panel)),  # nosec B704 # of a template
    }


def _token(text: str, p: float, top: list[tuple[str, float, bool]], judged: int) -> dict[str, Any]:
    """A token with its tint (0 to 1) and what hovering says."""
    others = ", ".join(f"“{other}” {q:.0%}" for other, q, _ in top if other != text)
    return {
        "text": text,
        "tint": f"{min(1.0, -math.log(max(p, 1e-6)) / 3):.2f}",
        "doubtful": p < 0.5,
        "key": judged == 2,
        "tip": f"{p:.0%}; instead: {others}" if others else f"{p:.0%}",
    }


def _reasoning(entry: Entry) -> str:
    """What the model wrote before its answer, without its tags."""
    reasoning = entry.answer.reasoning if entry.answer else None
    return reasoning.text[slice(*shown_part(reasoning.text))] if reasoning else ""


def _reasoning_part(entry: Entry) -> str:
    """The reasoning under a title, quoted, and the title of the answer; empty if there is none."""
    text = _reasoning(entry)
    quoted = "\n".join(f"> {line}".rstrip() for line in text.splitlines())
    return f"**Reasoning**\n\n{quoted}\n\n**Answer**\n\n" if text else ""


def _text(entry: Entry) -> str:
    return (entry.answer.text.strip() if entry.answer else "") or "(no answer)"


def _title(conversation: Conversation) -> str:
    return conversation.kept.title or "Conversation"


def _about(entry: Entry) -> list[str]:
    """Model, confidence and label of an answer, in words."""
    lines = []
    assessment = entry.turn.assessment if entry.turn else None
    if assessment is not None:
        lines.append(f"Model: {assessment.evidence.provenance.model}")
        if (confidence := assessment.decision.confidence) is not None:
            calibrated = "calibrated" if assessment.decision.calibrated else "uncalibrated"
            lines.append(f"Confidence: {confidence:.0%}, {calibrated}")
    if entry.label:
        lines.append(f"Marked as {LABELS[entry.label]}")
    if entry.error:
        lines.append(entry.error.rstrip("."))
    return lines or ["Not assessed"]

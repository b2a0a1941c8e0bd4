"""Record the conversations that come with Credence: ``python -m ui.recorded [NAME…]``.

The recipes are in ``ui/recorded/recipes.json``: for each conversation the model, the messages, and which answers are
checked for consistency. Without a name, all are recorded.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from langchain_core.language_models import BaseChatModel
from pydantic import BaseModel, ConfigDict

from chains import CredenceError, Settings
from chains.identity import identity
from chains.pipeline.pipeline import confidence_pipeline
from chains.pipeline.resampling import closer
from chains.progress import tracked
from evaluation.runs.asking import opened
from ui.chat.conversation import Conversation
from ui.chat.storage.exports import as_data
from ui.recorded.recordings import FOLDER, Recording, write_recording

CALLS_AT_ONCE = 2
RECIPES = Path(__file__).with_name("recipes.json")


class Recipe(BaseModel):
    """How one conversation is recorded."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    title: str
    look: str  # what to look at
    model: str  # as for MODEL=…
    messages: tuple[str, ...]
    checked: tuple[int, ...] = ()  # which answers are checked for consistency, from 0
    temperature: float = 0.0


def record(recipe: Recipe, model: BaseChatModel) -> Conversation:
    """Ask the messages one after another and check the answers that the recipe names."""
    conversation = Conversation()
    settings = Settings(temperature=recipe.temperature)
    for place, text in enumerate(recipe.messages):
        entry, question = conversation.start(text)
        entry.turn = confidence_pipeline(model, settings).invoke(question)
        if place in recipe.checked:
            start = closer(entry.turn, settings)
            entry.turn = confidence_pipeline(model, start.settings).invoke(start)
    return conversation


def main(arguments: Sequence[str] | None = None) -> int:
    """Record the named conversations; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m ui.recorded", description=(__doc__ or "").partition("\n\n")[0]
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help="which to record (default: all)")
    parser.add_argument("--out", type=Path, default=FOLDER, help="folder for the recordings")
    args = parser.parse_args(arguments)
    recipes = [Recipe.model_validate(recipe) for recipe in json.loads(RECIPES.read_text(encoding="utf-8"))]
    if unknown := set(args.names) - {recipe.name for recipe in recipes}:
        print(f"credence: there is no recipe named {', '.join(sorted(unknown))}.", file=sys.stderr)
        return 2
    chosen = [recipe for recipe in recipes if not args.names or recipe.name in args.names]
    try:
        for spec in dict.fromkeys(recipe.model for recipe in chosen):
            mine = [recipe for recipe in chosen if recipe.model == spec]
            with opened(spec, CALLS_AT_ONCE) as model:
                for recipe in tracked(mine, f"recording with {spec}", "conversations", total=len(mine)):
                    about = Recording(
                        recipe.name,
                        recipe.title,
                        recipe.look,
                        identity(model)["model"],
                        datetime.now(UTC).date().isoformat(),
                    )
                    write_recording(about, as_data(record(recipe, model)), args.out)
    except CredenceError as error:
        print(f"credence: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

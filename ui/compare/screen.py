"""The screen that asks one question to several models, and puts the answer that a person prefers into the conversation."""

from dataclasses import dataclass, replace
from typing import Any

import gradio as gr

from chains.engines.open import check_spec
from chains.errors import CredenceError
from chains.identity import identity
from chains.models.found import FoundModel, found_models
from chains.models.names import name_of
from estimators.types import Question
from ui.chat.conversation import Conversation, Entry
from ui.chat.events import QUICK, RUNNING, UNCHANGED, Update, Updates, by_place
from ui.chat.labels import number_answer
from ui.chat.page import ConfidenceChat
from ui.compare.agreement import Agreement, agreement
from ui.compare.columns import MOST, read_columns, titles, usual_columns
from ui.compare.others import OtherModels, named, offered, runs_here
from ui.compare.running import Race, Side, lanes
from ui.compare.shown import agreed, choice, compared, empty_panel, screen_value
from ui.html import render
from ui.panel import panel_html
from ui.parts import asset, scripts, turns_script
from ui.shown.model_now import written_by
from ui.shown.turn import shown_turn

MOVED_ON = (
    "The conversation has gone on since this comparison. Ask the question again to put an answer into it."
)
BUSY = "An answer is being written in the chat. Wait until it is complete."


@dataclass(slots=True)
class Comparison:
    """One visitor's comparison."""

    race: Race | None = None
    titles: tuple[str, ...] = ()
    others: tuple[
        FoundModel, ...
    ] = ()  # what can be compared with the model in use, since the screen was opened
    agreed: Agreement | None = None
    comparing: bool = False  # all have answered, and whether they agree is being found out
    notice: str = ""
    taken: bool = False  # an answer was put into the conversation


class CompareScreen:
    """The Compare screen of a chat. Create it right after the chat, inside the same ``gr.Blocks``.

    Where a visitor may not choose the model, only those that the deployment offers can be compared with it.
    """

    def __init__(self, chat: ConfidenceChat) -> None:
        self.chat, self.models = chat, OtherModels(chat.slot)
        with chat.root, gr.Column(elem_classes=["cr-compare-screen"]):
            self.form = gr.HTML(
                self._value(Comparison(), Conversation()),
                html_template=render("compare.html"),
                js_on_load=scripts("dom.js", "compare.js"),
                apply_default_css=False,
            )
            with gr.Row(elem_classes=["cr-compared-row"]):
                self.sides = [self._side(place) for place in range(MOST)]
        self.state = gr.State(Comparison())
        self._wire()

    def _side(self, place: int) -> tuple[gr.HTML, gr.HTML]:
        with gr.Column(min_width=260, elem_classes=["cr-compared"]):
            answer = gr.HTML(
                {},
                html_template=render("turn_in_progress.html"),
                js_on_load=turns_script(),
                apply_default_css=False,
            )
            panel = gr.HTML(
                empty_panel(),
                html_template=render("compared_panel.html", place=place),
                js_on_load=asset("panel.js"),
                apply_default_css=False,
            )
        return answer, panel

    def _wire(self) -> None:
        parts = [part for side in self.sides for part in side]
        inputs = [self.state, self.chat.conversation, *self.chat.controls.parts]
        chat = [self.chat.past, self.chat.panel, self.chat.risk, *self.chat.list.parts]
        self.form.ask(self._ask, inputs, [self.form, *parts], **RUNNING)
        self.form.act(self._act, [self.state, self.chat.conversation], [self.form], **QUICK)
        for answer, _ in self.sides:
            answer.quick(
                self._quick,
                [self.state, self.chat.conversation],
                [self.form, *parts, *chat],
                **QUICK,
            )

    # ---- events -------------------------------------------------------------

    def _act(self, state: Comparison, conversation: Conversation, event: gr.EventData) -> Update:
        """Stop, close the other models, or look again."""
        kind = (event._data or {}).get("kind")
        if kind == "look":
            in_use = self.chat.slot.state.spec
            listed = found_models(in_use) if self.chat.may_choose_model else named(offered())
            state.others = tuple(model for model in listed if model.spec != in_use)
        if kind == "stop" and state.race is not None:
            state.race.stop()
            return UNCHANGED
        if kind == "close" and self.chat.may_choose_model:
            self.models.close()
        return {self.form: self._value(state, conversation)}

    def _ask(
        self, state: Comparison, conversation: Conversation, event: gr.EventData, *controls: Any
    ) -> Updates:
        data = event._data or {}
        question = str(data.get("question") or "").strip()
        if not question or (state.race is not None and not all(side.ended for side in state.race.sides)):
            yield UNCHANGED
            return
        try:
            allowed = None if self.chat.may_choose_model else offered()
            columns = read_columns(data.get("columns"), allowed)
            for column in columns:
                if column.spec:
                    check_spec(column.spec)
        except (ValueError, CredenceError) as error:
            state.notice = f"This cannot be compared: {str(error).rstrip('.')}."
            yield {self.form: self._value(state, conversation)}
            return
        settings = self.chat.settings_now(conversation, controls)
        asked = Question(question, conversation.history())
        in_use = self.chat.slot.state.spec
        columns = tuple(replace(one, spec="") if one.spec == in_use else one for one in columns)
        specs = [column.spec for column in columns]
        sides = [Side(column, Entry(question)) for column in columns]
        order = lanes(specs, [runs_here(spec or in_use) for spec in specs])
        race = Race(asked, sides, order, settings, conversation.risk)
        state.race, state.notice, state.taken, state.agreed = race, "", False, None
        state.titles = titles(columns, [self._name(spec) for spec in specs])
        yield from self._follow(race, state, conversation, specs)

    def _follow(self, race: Race, state: Comparison, conversation: Conversation, specs: list[str]) -> Updates:
        with self.models.using(specs):
            for _ in race.run(self.models):
                yield self._shown(state, conversation)
        for side in race.sides:
            if self.chat.labels is not None and not side.entry.error:
                number_answer(self.chat.labels, side.entry)
        state.titles = titles(  # a server tells only now which model it is
            [side.column for side in race.sides],
            [
                source.model if (source := written_by(side.entry)) else self._name(side.column.spec)
                for side in race.sides
            ],
        )
        state.comparing = True
        yield self._shown(state, conversation)  # the first embedding takes a while
        turns = [side.entry.turn for side in race.sides]
        state.agreed, state.comparing = agreement(turns, self.chat.first.embedding), False
        yield self._shown(state, conversation)
        yield UNCHANGED  # Gradio repeats the last value when the stream ends

    def _quick(self, state: Comparison, conversation: Conversation, event: gr.EventData) -> Update:
        """Show a withheld answer, or put one into the conversation."""
        data = event._data or {}
        race = state.race
        side = next((one for one in race.sides if one.entry.key == data.get("turn")), None) if race else None
        if race is None or side is None or not side.ended:
            return UNCHANGED
        if data.get("kind") == "reveal":
            side.entry.revealed = True
        elif data.get("kind") == "take" and not state.taken:
            return self._take(race, side, state, conversation)
        else:
            return UNCHANGED
        return self._shown(state, conversation)

    def _take(self, race: Race, side: Side, state: Comparison, conversation: Conversation) -> Update:
        """Put an answer at the end of the conversation; the other answers become its versions."""
        if side.entry.answer is None or side.entry.error:
            return UNCHANGED
        if (claim := conversation.claim()) is None:
            state.notice = BUSY
            return self._shown(state, conversation)
        try:
            if conversation.history() != race.question.history:
                state.notice = MOVED_ON
                return self._shown(state, conversation)
            state.taken, state.notice = True, ""
            conversation.take([one.entry for one in race.sides], side.entry, state.titles)
        finally:
            conversation.give_up(claim)
        shown = self.chat.conversation_shown(conversation)
        return {**self._shown(state, conversation), **shown, **self.chat.list.saved(conversation)}

    # ---- what is shown ------------------------------------------------------

    def _shown(self, state: Comparison, conversation: Conversation) -> Update:
        update: Update = {self.form: self._value(state, conversation)}
        race = state.race
        sides = race.sides if race else []
        whole = bool(sides) and all(side.ended for side in sides)
        shared = state.agreed
        for place, (answer, panel) in enumerate(self.sides):
            if place < len(sides):
                entry = sides[place].entry
                spans = shared.differing[place] if shared and shared.differing else ()
                mine = whole and not state.taken
                begun, ended = sides[place].live is not None, sides[place].ended
                shown = compared(entry, state.titles[place], spans, begun=begun, ended=ended, take=mine)
                update[answer] = by_place([shown])
                update[panel] = panel_html(shown_turn(entry).panel)
            else:
                update |= {answer: {}, panel: empty_panel()}
        update[self.form] |= agreed(shared)
        return update

    def _value(self, state: Comparison, conversation: Conversation) -> dict[str, Any]:
        race = state.race
        running = race is not None and not all(side.ended for side in race.sides)
        settings = conversation.settings or self.chat.first
        return screen_value(
            choices=[("", self._name("")), *(choice(model) for model in state.others)],
            columns=[side.column for side in race.sides]
            if race
            else usual_columns(settings, [model.spec for model in state.others if model.fetched]),
            running=running,
            one_by_one=bool(race and running and race.one_by_one),
            notice=state.notice,
            comparing=state.comparing,
            open_models=self.models.open if self.chat.may_choose_model and not running else (),
            turns=len(conversation.entries),
            any_model=self.chat.may_choose_model,
        )

    def _name(self, spec: str) -> str:
        return name_of(spec) if spec else str(identity(self.chat.slot.model)["model"])

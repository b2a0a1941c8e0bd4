"""The screen on which a model is calibrated, and calibrations are looked at, compared, chosen and deleted."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr

from chains import CredenceError
from chains.calibration.store import NONE, choose_calibration, delete, list_calibrations, save
from ui.calibration.form import form, job_html, locked
from ui.calibration.job import CalibrationJob, JobState
from ui.calibration.list import comparison, saved_list
from ui.calibration.results import results
from ui.calibration.sources import Sources
from ui.chat.conversation import Conversation
from ui.chat.page import QUICK, RUNNING, ConfidenceChat
from ui.parts import asset

EMPTY = (
    "<div class='cr-nothing'><h2>Nothing measured yet</h2><p class='cr-quiet'>Here stands, once this model is calibrated: "
    "how often answers with a figure were right, before and after; how many wrong answers are left when the unsure ones "
    "are withheld; what each signal is worth; and what can be guaranteed at each risk.</p></div>"
)
DRAWING = "<p class='cr-quiet' role='status'>Drawing what was measured …</p>"


@dataclass(slots=True)
class Look:
    """One visitor's state of the calibration screen."""

    source: str = "bundled"
    upload: Path | None = None
    error: str = ""  # of the file that was chosen last
    shown: str | None = None  # name; None: the one in use
    compared: str | None = None
    leaving: str | None = None  # the one whose deletion is to be confirmed
    naming: str = ""  # what is wrong with the name that was given
    taken: bool = False  # it is that of another calibration
    listed: str = ""  # what went wrong with the list
    seen: bool = False  # the screen was looked at before


class CalibrateScreen:
    """The calibration screen beside a chat. Make it right after the chat, inside the same ``gr.Blocks``.

    ``labels`` is the folder with the person's own labels; ``may_change`` is False where visitors share the page: then it
    shows what there is and changes nothing.
    """

    def __init__(self, chat: ConfidenceChat, *, labels: Path | None = None, may_change: bool = True) -> None:
        self.chat, self.may_change = chat, may_change
        self.sources = Sources(chat.model, labels)
        self.job = CalibrationJob()
        with (
            chat.root,
            gr.Row(elem_classes=["cr-calibrate-screen"]),
        ):
            with gr.Column(scale=4, min_width=300, elem_classes=["cr-making"]):
                self.form = self._part("cr-first")
                self.progress = self._part()
                self.saved = self._part()
            with gr.Column(scale=6, min_width=300, elem_classes=["cr-found"]):
                self.results = self._part()
        self.look = gr.State(Look())
        self._wire()

    def _part(self, *classes: str) -> gr.HTML:
        return gr.HTML(
            "",
            html_template="${value}",
            js_on_load=asset("calibrate.js"),
            apply_default_css=False,
            elem_classes=list(classes),
        )

    def _wire(self) -> None:
        parts = [self.form, self.progress, self.saved, self.results]
        taken = [self.look, self.chat.conversation, *self.chat.controls.parts]
        changed = [*parts, *self.chat.decided]
        for part in parts:
            part.act(self._act, taken, changed, **QUICK)
            part.begin(self._begin, taken, changed, trigger_mode="multiple", **RUNNING)

    # ---- what happens -------------------------------------------------------

    def _begin(
        self, look: Look, conversation: Conversation, event: gr.EventData, *controls: Any
    ) -> Iterator[tuple[Any, ...]]:
        """Look at the screen, start or go on; then follow what runs until it ends."""
        data = event._data or {}
        same = (gr.skip(),) * len(self.chat.decided)
        if self.may_change and not self.job.state.running:
            look.error = ""
            if data.get("act") == "start":
                self._start(look, data)
            elif data.get("act") == "resume":
                self._resume(look, str(data.get("name")))
        # What can be done comes at once; the first drawing takes its time.
        yield *self._left(look), gr.skip() if look.seen else DRAWING, *same
        look.seen = True
        yield gr.skip(), gr.skip(), gr.skip(), self._right(look), *same
        if not self.job.state.running:
            return
        for state in self.job.updates():
            if state.running:
                yield gr.skip(), self._progress(look, state), gr.skip(), gr.skip(), *same
        yield *self._drawn(look), *same

    def _act(
        self, look: Look, conversation: Conversation, event: gr.EventData, *controls: Any
    ) -> tuple[Any, ...]:
        """One click, and the screen as it is after it."""
        data = event._data or {}
        act, name = data.get("act"), str(data.get("name") or "")
        look.naming, look.listed, look.taken = "", "", False
        leaving, look.leaving = look.leaving, None
        in_use = self._in_use()
        if act == "show":
            look.shown, look.compared = name, None
        elif act == "compare":
            look.shown, look.compared = look.shown or in_use, name
        elif self.may_change:
            self._change(look, str(act), name, data, leaving)
        same = (gr.skip(),) * len(self.chat.decided)
        anew = act in ("save", "replace", "use", "leave", "delete-now")
        decided = self.chat.decide_anew(conversation, *controls) if anew else same
        return *self._drawn(look), *decided

    def _change(self, look: Look, act: str, name: str, data: dict[str, Any], leaving: str | None) -> None:
        if act == "source":
            look.source = str(data.get("source"))
        elif act == "upload":
            self._upload(look, str(data.get("path") or ""), name)
        elif act == "stop":
            self.job.stop()
        elif act in ("save", "replace"):
            self._save(look, name, replace=act == "replace")
        elif act in ("drop", "dismiss"):
            self.job.clear()
        elif act == "discard":
            self.sources.discard(name)
        elif act == "delete":
            look.leaving = name
        elif act in ("use", "leave", "delete-now"):
            try:
                if act == "leave":
                    choose_calibration(NONE)
                elif act == "use":
                    choose_calibration(name)
                    look.shown, look.compared = name, None
                elif leaving == name:
                    delete(name)
                    look.shown = None if look.shown == name else look.shown
                    look.compared = None if look.compared == name else look.compared
            except CredenceError as error:
                look.listed = str(error)

    def _upload(self, look: Look, path: str, name: str) -> None:
        try:
            look.upload = self.sources.take(path, name)
            look.source, look.error = "file", ""
        except CredenceError as error:
            look.error = str(error)

    def _start(self, look: Look, data: dict[str, Any]) -> None:
        look.source = str(data.get("source") or look.source)
        try:
            title, work = self.sources.work(look.source, look.upload, data.get("n"))
        except CredenceError as error:
            look.error = str(error)
            return
        self.job.start(title, work, self.sources.said)

    def _resume(self, look: Look, key: str) -> None:
        try:
            title, work = self.sources.resumed(key)
        except CredenceError as error:
            look.error = str(error)
            return
        self.job.start(title, work, self.sources.said)

    def _save(self, look: Look, name: str, replace: bool) -> None:
        made = self.job.state.calibration
        if made is None:
            return
        try:
            saved = save(made, name, replace=replace).stem
            choose_calibration(saved)
        except CredenceError as error:
            look.naming = str(error)
            look.taken = any(
                calibration.name == name.strip() and not calibration.shipped
                for calibration in list_calibrations()
            )
            return
        self.job.clear()
        look.shown, look.compared = saved, None

    # ---- what is seen -------------------------------------------------------

    def _drawn(self, look: Look) -> tuple[str, str, str, str]:
        return *self._left(look), self._right(look)

    def _left(self, look: Look) -> tuple[str, str, str]:
        """What can be done: the form, how far it is, what is saved."""
        state = self.job.state
        listed = list_calibrations(self.chat.model)
        in_use = self._in_use()
        shown = None if state.stage == "done" else look.shown or in_use
        top = (
            form(self.sources.offered(look.upload), look.source, look.error, state.running)
            if self.may_change
            else locked()
        )
        saved = saved_list(listed, in_use, shown, look.compared, look.leaving, self.may_change, look.listed)
        return top, self._progress(look, state), saved

    def _progress(self, look: Look, state: JobState) -> str:
        if not self.may_change:
            return ""
        return job_html(state, () if state.running else self.sources.unfinished(), look.naming, look.taken)

    def _right(self, look: Look) -> str:
        """What was measured: of the one that was just made, of the one that is shown, or of two."""
        risk, state = self.chat.deciding.first.risk, self.job.state
        if state.stage == "done" and state.calibration is not None:
            return results(state.calibration, risk, "not saved yet")
        by_name = {
            calibration.name: calibration.calibration for calibration in reversed(list_calibrations())
        }  # own ones count
        in_use = self._in_use()
        shown = by_name.get(look.shown or in_use or "")
        compared = by_name.get(look.compared or "")
        if shown is None:
            return EMPTY
        if compared is not None:
            return comparison(shown, compared)
        return results(shown, risk, "in use" if shown.name == in_use else "")

    def _in_use(self) -> str | None:
        found = self.chat.deciding.fit().calibration
        return found.name if found else None

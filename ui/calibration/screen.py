"""The screen for calibrating a model and for viewing, comparing, choosing and deleting calibrations."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr

from chains import CredenceError
from chains.calibration.store import NONE, choose_calibration, delete, list_calibrations, save
from service.limits import UPLOAD
from ui.calibration.form import form, job_html, locked
from ui.calibration.job import CalibrationJob, JobState
from ui.calibration.list import comparison, saved_list
from ui.calibration.own_questions import own_question_warnings
from ui.calibration.results import results
from ui.calibration.sources import LABELS, Sources
from ui.calibration.uploads import too_large, with_own_names
from ui.chat.conversation import Conversation
from ui.chat.events import QUICK, RUNNING, Update, Updates
from ui.chat.page import ConfidenceChat
from ui.html import render
from ui.parts import asset


@dataclass(slots=True)
class ScreenState:
    """One visitor's state of the Calibrate screen."""

    source: str = "bundled"
    upload: Path | None = None
    error: str = ""  # in the most recently chosen file
    shown: str | None = None  # name; None: the one in use
    compared: str | None = None
    leaving: str | None = None  # waiting for its deletion to be confirmed
    naming: str = ""  # what is wrong with the chosen name
    taken: bool = False  # another calibration has that name
    listed: str = ""  # what went wrong with an action in the list
    seen: bool = False  # whether the screen was opened before


class CalibrateScreen:
    """The Calibrate screen of a chat. Create it right after the chat, inside the same ``gr.Blocks``.

    ``labels`` is the folder with the person's own labels. ``may_change`` is False if visitors share the page: the
    screen is then read-only.
    """

    def __init__(self, chat: ConfidenceChat, *, labels: Path | None = None, may_change: bool = True) -> None:
        self.chat, self.may_change = chat, may_change
        self.sources = Sources(chat.slot, labels)
        self.job = CalibrationJob()
        with (
            chat.root,
            gr.Row(elem_classes=["cr-calibrate-screen"]),
        ):
            with gr.Column(scale=4, min_width=300, elem_classes=["cr-making"]):
                self.form = self._part("cr-first")
                self.progress = self._part()
                self.saved = self._part()
            with gr.Column(scale=6, min_width=300, elem_classes=["cr-measurements"]):
                self.results = self._part()
        self.state = gr.State(ScreenState())
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
        inputs = [self.state, self.chat.conversation, *self.chat.controls.parts]
        outputs = [*parts, *self.chat.decided]
        for part in parts:
            part.act(self._act, inputs, outputs, **QUICK)
            part.begin(self._begin, inputs, outputs, **RUNNING)

    # ---- events -------------------------------------------------------------

    def _begin(
        self, state: ScreenState, conversation: Conversation, event: gr.EventData, *controls: Any
    ) -> Updates:
        """Open the screen, start or resume; then follow the running calibration until it ends."""
        data = event._data or {}
        if self.may_change and not self.job.state.running:
            state.error = ""
            if data.get("act") == "start":
                self._start(state, data)
            elif data.get("act") == "resume":
                self._resume(state, str(data.get("name")))
        # The controls appear at once; the first plots take a while.
        yield (
            self._left(state)
            if state.seen
            else {**self._left(state), self.results: render("calibration/drawing.html")}
        )
        state.seen = True
        yield {self.results: self._right(state)}
        if not self.job.state.running:
            return
        for job_state in self.job.updates():
            if job_state.running:
                yield {self.progress: self._progress(state, job_state)}
        yield self._screen(state)

    def _act(
        self, state: ScreenState, conversation: Conversation, event: gr.EventData, *controls: Any
    ) -> Update:
        """Handle one click; returns the updated screen."""
        data = event._data or {}
        act, name = data.get("act"), str(data.get("name") or "")
        state.naming, state.listed, state.taken = "", "", False
        leaving, state.leaving = state.leaving, None
        in_use = self._in_use()
        if act == "show":
            state.shown, state.compared = name, None
        elif act == "compare":
            state.shown, state.compared = state.shown or in_use, name
        elif self.may_change:
            self._change(state, str(act), name, data, leaving)
        update = self._screen(state)
        if act in ("save", "replace", "use", "leave", "delete-now"):
            update |= self.chat.redecide(conversation, *controls)
        return update

    def _change(
        self, state: ScreenState, act: str, name: str, data: dict[str, Any], leaving: str | None
    ) -> None:
        if act == "source":
            state.source = str(data.get("source"))
        elif act == "upload":
            self._upload(state, str(data.get("path") or ""), name, data.get("size"))
        elif act == "stop":
            self.job.stop()
        elif act in ("save", "replace"):
            self._save(state, name, replace=act == "replace")
        elif act in ("drop", "dismiss"):
            self.job.clear()
        elif act == "discard":
            self.sources.discard(name)
        elif act == "delete":
            state.leaving = name
        elif act in ("use", "leave", "delete-now"):
            try:
                if act == "leave":
                    choose_calibration(NONE)
                elif act == "use":
                    choose_calibration(name)
                    state.shown, state.compared = name, None
                elif leaving == name:
                    delete(name)
                    state.shown = None if state.shown == name else state.shown
                    state.compared = None if state.compared == name else state.compared
            except CredenceError as error:
                state.listed = str(error)

    def _upload(self, state: ScreenState, path: str, name: str, size: object) -> None:
        if isinstance(size, int) and size > UPLOAD:
            state.error = too_large(name, size)
            return
        try:
            state.upload = self.sources.take(path, name)
            state.source, state.error = "file", ""
        except CredenceError as error:
            state.error = str(error)

    def _start(self, state: ScreenState, data: dict[str, Any]) -> None:
        state.source = str(data.get("source") or state.source)
        try:
            title, work = self.sources.work(state.source, state.upload, data.get("n"))
        except CredenceError as error:
            state.error = str(error)
            return
        self.job.start(title, work, with_own_names)

    def _resume(self, state: ScreenState, key: str) -> None:
        try:
            title, work = self.sources.resumed(key)
        except CredenceError as error:
            state.error = str(error)
            return
        self.job.start(title, work, with_own_names)

    def _save(self, state: ScreenState, name: str, replace: bool) -> None:
        calibration = self.job.state.calibration
        if calibration is None:
            return
        try:
            saved = save(calibration, name, replace=replace).stem
            choose_calibration(saved)
        except CredenceError as error:
            state.naming = str(error)
            state.taken = any(
                other.name == name.strip() and not other.shipped for other in list_calibrations()
            )
            return
        self.job.clear()
        state.shown, state.compared = saved, None

    # ---- views --------------------------------------------------------------

    def _screen(self, state: ScreenState) -> Update:
        return {**self._left(state), self.results: self._right(state)}

    def _left(self, state: ScreenState) -> Update:
        """The form, the progress and the saved calibrations."""
        job_state = self.job.state
        listed = list_calibrations(self.chat.slot.model)
        in_use = self._in_use()
        shown = None if job_state.stage == "done" else state.shown or in_use
        top = (
            form(self.sources.offered(state.upload), state.source, state.error, job_state.running)
            if self.may_change
            else locked()
        )
        saved = saved_list(
            listed, in_use, shown, state.compared, state.leaving, self.may_change, state.listed
        )
        return {self.form: top, self.progress: self._progress(state, job_state), self.saved: saved}

    def _progress(self, state: ScreenState, job_state: JobState) -> str:
        if not self.may_change:
            return ""
        unfinished = () if job_state.running else self.sources.unfinished()
        return job_html(job_state, unfinished, state.naming, state.taken)

    def _right(self, state: ScreenState) -> str:
        """The results of the new calibration, of the one shown, or of two compared."""
        risk, job_state = self.chat.first.risk, self.job.state
        if job_state.stage == "done" and job_state.calibration is not None:
            return results(job_state.calibration, risk, "not saved yet")
        # reversed: a person's own calibration hides a shipped one of the same name
        by_name = {entry.name: entry.calibration for entry in reversed(list_calibrations())}
        in_use = self._in_use()
        shown = by_name.get(state.shown or in_use or "")
        compared = by_name.get(state.compared or "")
        if shown is None:
            return render("calibration/empty.html")
        if compared is not None:
            return comparison(shown, compared)
        labels = self.sources.labels
        warnings = own_question_warnings(shown, labels / LABELS, self.chat.slot.model) if labels else ()
        return results(shown, risk, "in use" if shown.name == in_use else "", warnings)

    def _in_use(self) -> str | None:
        calibration = self.chat.fit().calibration
        return calibration.name if calibration else None

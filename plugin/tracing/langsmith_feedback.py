"""Confidence as feedback on the runs of a LangSmith project."""

import logging
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from typing import Any
from uuid import UUID

from langsmith import Client
from langsmith.utils import LangSmithNotFoundError, get_tracer_project

from estimators.types import Assessment
from plugin.tracing.assessments import AssessmentHandler

_log = logging.getLogger(__name__)


class LangSmithFeedback(AssessmentHandler):
    """A callback that adds the feedback ``credence.confidence`` to the run of each answer.

    LangSmith traces the run itself, as its own settings say. The feedback is sent in the background; if that fails,
    the log says why, and the answer is not affected. ``project``: id of the project; None: the one that is traced to.
    """

    def __init__(self, client: Client | None = None, project: UUID | str | None = None) -> None:
        super().__init__()
        self._client, self._project = client or Client(), project
        self._sender = ThreadPoolExecutor(1, thread_name_prefix="credence-langsmith")
        self._sent: list[Future[None]] = []

    def assessed(self, run_id: UUID, assessment: Assessment) -> None:
        """Send the confidence of a run."""
        self._sent = [future for future in self._sent if not future.done()]
        self._sent.append(self._sender.submit(self._send, run_id, assessment))

    def flush(self) -> None:
        """Wait until everything is sent."""
        for future in list(self._sent):
            future.result()

    def _send(self, run_id: UUID, assessment: Assessment) -> None:
        try:
            self._client.create_feedback(
                run_id, session_id=self._session(), stop_after_attempt=3, **feedback(assessment)
            )
        except Exception as error:  # LangSmith's own classes of error
            _log.warning("the confidence of a run was not sent to LangSmith: %s", error)

    def _session(self) -> UUID | str | None:
        """The project of the runs, looked up once it exists."""
        if self._project is None:
            with suppress(LangSmithNotFoundError):
                self._project = self._client.read_project(project_name=get_tracer_project()).id
        return self._project


def feedback(assessment: Assessment) -> dict[str, Any]:
    """The key, score and comment of a confidence; a missing one has no score."""
    decision = assessment.decision
    return {
        "key": "credence.confidence",
        "score": decision.confidence,
        "comment": decision.reason,
        "source_info": {
            "calibrated": decision.calibrated,
            "abstain": decision.abstain,
            "signal": decision.signal,
        },
    }

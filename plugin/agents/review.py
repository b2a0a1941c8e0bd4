"""What a person is asked about an answer of low confidence, and the answer after the person's decision."""

from typing import Any

from langchain_core.messages import AIMessage

from estimators.types import Assessment
from plugin.agents.withholding import abstention

DECISIONS = ("approve", "edit", "reject")  # the words of LangChain's own human-in-the-loop middleware


def question_for(assessment: Assessment) -> dict[str, Any]:
    """What the agent is interrupted with: the question, the answer, and how sure the model is of it."""
    decision, evidence = assessment.decision, assessment.evidence
    return {
        "question": evidence.question.text,
        "answer": evidence.answer.text,
        "confidence": decision.confidence,
        "calibrated": decision.calibrated,
        "reason": decision.reason,
        "decisions": list(DECISIONS),
    }


def answer_after(decision: Any, message: AIMessage, assessment: Assessment) -> AIMessage:
    """The answer after a person's decision.

    It is "approve", "reject", ``{"decision": …}`` with one of these, or ``{"decision": "edit", "answer": text}``. A
    person's own answer has no assessment. Raises ValueError for anything else.
    """
    given = decision if isinstance(decision, dict) else {"decision": decision}
    match given.get("decision"), given.get("answer"):
        case "approve", _:
            return message
        case "reject", _:
            return abstention(message, assessment)
        case "edit", str(text) if text.strip():
            return AIMessage(text, id=message.id, name=message.name)
    raise ValueError(
        f"the decision about an answer is {decision!r}; resume with “approve”, “reject” "
        'or {"decision": "edit", "answer": "…"}'
    )

"""Which calibration decides about an answer after another model was chosen."""

from dataclasses import replace

import gradio as gr

from chains.engines.scripted import ScriptedChatModel
from chains.model_files import TINY_NAME, TINY_SHA256
from chains.models.slot import ModelSlot
from chains.pipeline.pipeline import confidence_pipeline
from tests.chains.models.opener import PATIENCE, Opener
from ui.chat.conversation import Conversation, Entry
from ui.chat.page import ConfidenceChat


def test_an_answer_keeps_the_calibration_of_the_model_that_gave_it() -> None:
    slot = ModelSlot(Opener())
    slot.open("two")
    slot.settled(PATIENCE)
    with gr.Blocks():
        chat = ConfidenceChat(slot)
    who = {"model": TINY_NAME, "engine": "llama.cpp", "model_sha256": TINY_SHA256}
    turn = confidence_pipeline(ScriptedChatModel(metadata={"credence": who})).invoke("Which city?")
    fit = chat.fit_for(turn)
    assert fit.calibration is not None and fit.calibration.model_sha256 == TINY_SHA256
    assert chat.fit().calibration is None
    assert chat.fit_for(replace(turn, assessment=None)) == chat.fit()
    conversation = Conversation([Entry("Which city?", turn)])
    chat.decided_again(conversation)
    decided = conversation.entries[0].turn
    assert decided is not None and decided.assessment is not None
    assert decided.assessment.decision == turn.assessment.decision  # type: ignore[union-attr]
    assert not chat.model_now(conversation).wrote(conversation.entries[0])

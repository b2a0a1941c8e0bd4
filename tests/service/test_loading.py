"""What programs get while the model is loaded, when that fails, and after another model was chosen."""

from chains.errors import ModelUnavailable
from chains.models.slot import ModelSlot
from service.mcp_tools.server import mcp_server
from tests.chains.models.opener import PATIENCE, Opener
from tests.chains.script import QUESTION
from tests.service.running import running
from tests.service.test_mcp_tools import called


def test_until_the_model_is_ready_requests_are_told_to_wait() -> None:
    opener = Opener()
    gate, slot = opener.gate("one"), ModelSlot(opener)
    slot.open("one")
    assert opener.begun["one"].wait(PATIENCE)
    with running(slot) as served:
        health = served.get("/credence/health").json()
        assert (health["status"], health["model"], health["trouble"]) == ("loading", "one", "")
        assert health["loading"] == "430 of 1,093 MB, 30.0 MB/s, about 22 s left"
        for path, body in (
            ("/credence/ask", {"question": QUESTION}),
            ("/credence/batch", {"items": [{"question": QUESTION}]}),
            ("/chat/completions", {"messages": [{"role": "user", "content": QUESTION}]}),
        ):
            reply = served.post(path, body)
            assert reply.status_code == 503 and reply.headers["retry-after"], path
            error = reply.json()["error"]
            assert error["code"] == "model_loading" and "430 of 1,093 MB" in error["message"], path
        gate.set()
        assert slot.settled(PATIENCE).ready
        assert served.get("/credence/health").json()["status"] == "ok"
        assert "Canberra" in served.post("/credence/ask", {"question": QUESTION}).json()["answer"]


def test_a_model_that_was_not_loaded_is_a_trouble() -> None:
    slot = ModelSlot(Opener({"one": ModelUnavailable("The index cannot be reached.")}))
    slot.open("one")
    slot.settled(PATIENCE)
    with running(slot) as served:
        health = served.get("/credence/health").json()
        assert (health["status"], health["trouble"]) == ("trouble", "The index cannot be reached.")
        refused = served.post("/credence/ask", {"question": QUESTION})
        assert refused.status_code == 503
        assert refused.json()["error"]["message"] == "The index cannot be reached."


def test_programs_follow_the_model_in_use() -> None:
    slot = ModelSlot(Opener())
    slot.open("one")
    slot.settled(PATIENCE)
    with running(slot) as served:
        assert served.post("/credence/ask", {"question": QUESTION}).json()["model"]["name"] == "one"
        slot.open("two")
        slot.settled(PATIENCE)
        assert served.post("/credence/ask", {"question": QUESTION}).json()["model"]["name"] == "two"
        assert served.get("/models").json()["data"][0]["id"] == "two"
        chat = {"messages": [{"role": "user", "content": QUESTION}]}
        assert served.post("/chat/completions", chat).json()["model"] == "two"


def test_a_tool_waits_for_the_model() -> None:
    opener = Opener()
    gate, slot = opener.gate("one"), ModelSlot(opener)
    slot.open("one")
    assert opener.begun["one"].wait(PATIENCE)
    gate.set()
    told = called(mcp_server(slot), "how_sure", question=QUESTION).structured_content
    assert "Canberra" in told["answer"] and told["model"] == "one"

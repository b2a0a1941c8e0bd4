"""A llama-server in place of the wheel: supervised in the same way, and the same log-probabilities."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from langchain_core.messages import AIMessage, HumanMessage

from chains.engines.llama.chat_model import ChatLlama
from chains.engines.llama.process import LlamaEngine
from chains.engines.llama.server_program import WHEEL, located, native_server, wheel_description
from chains.model_files import TINY_SHA256, tiny_gguf
from tests.chains.engines.llama.fake_server import OPTIONS, FakeServer
from tests.chains.engines.llama.test_process import wait_gone

TEXTS = (
    ("What is the capital of Australia?", "The capital of Australia is Canberra, not Sydney."),
    ("Was ist die Hauptstadt von Österreich?", "Die Hauptstadt von Österreich heißt „Wien“."),
    ("Name an animal.", "🦘 and 🦜, or a 👩‍🚀 (who is none)."),
    ("Translate: peace.", "שלום, 平和, мир, paix, सलाम"),
    ("Give some code.", "def f(x):\n    return {k: v**2 for k, v in x.items()}  # 3.14159"),
    ("Is a whale a fish?", "No. A whale is a mammal: it breathes air, and it feeds its young with milk."),
)


@pytest.fixture
def server(tmp_path: Path) -> FakeServer:
    return FakeServer(tmp_path)


def test_the_key_is_in_no_process_list_and_is_the_servers(server: FakeServer) -> None:
    with LlamaEngine(tiny_gguf(), n_ctx=512, server=str(server.path)) as engine:
        engine.wait_ready(60)
        assert engine.post("/tokenize", {"content": "Hello"})["tokens"]
        assert engine.description == "llama.cpp b10472, llama-server by path"
        assert engine.key not in str(server.started["argv"]) + str(server.started["environ"])
        for pid in (engine.pid, server.started["pid"]):
            for name in ("cmdline", "environ"):
                assert engine.key.encode() not in Path(f"/proc/{pid}/{name}").read_bytes()
        child = engine.pid
    assert child is not None
    wait_gone(child)
    wait_gone(server.started["pid"])


@pytest.mark.parametrize("killed", ["server", "child"])
def test_a_killed_server_restarts_at_the_same_address(server: FakeServer, killed: str) -> None:
    with LlamaEngine(tiny_gguf(), n_ctx=512, server=str(server.path)) as engine:
        engine.wait_ready(60)
        before, pid, child = (engine.url, engine.key), server.started["pid"], engine.pid
        assert child is not None
        os.kill(pid if killed == "server" else child, signal.SIGKILL)
        wait_gone(child)
        wait_gone(pid)  # also if only the child between was killed
        engine.settle()
        engine.wait_ready(60)
        assert "killed (signal 9)" in engine.trouble
        assert (engine.url, engine.key) == before and server.started["pid"] != pid
        assert engine.post("/tokenize", {"content": "Hello"})["tokens"]


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM])
def test_the_server_ends_with_its_grandparent(server: FakeServer, end: signal.Signals) -> None:
    program = (
        "import sys; from chains.engines.llama.process import LlamaEngine; "
        "from chains.model_files import tiny_gguf; "
        "e = LlamaEngine(tiny_gguf(), n_ctx=512, server=sys.argv[1]); e.wait_ready(60); "
        "print(e.pid, flush=True); input()"
    )
    command = [sys.executable, "-c", program, str(server.path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        parent.send_signal(end)
        parent.wait(10)
    wait_gone(child)
    wait_gone(server.started["pid"])


@pytest.mark.parametrize(
    ("first", "reason"),
    [
        ("os.kill(os.getpid(), 4)", "The engine crashed (signal 4) while loading {model}"),
        (
            "sys.exit('unknown model architecture: new')",
            "llama.cpp does not know the architecture of {model}",
        ),
    ],
)
def test_a_server_that_does_not_serve_the_model_is_replaced_by_the_wheel(
    tmp_path: Path, first: str, reason: str, capfd: pytest.CaptureFixture[str]
) -> None:
    server = FakeServer(tmp_path, first=first)
    model = ChatLlama.open(tiny_gguf(), n_ctx=512, server=str(server.path))
    try:
        assert (model.metadata or {})["credence"]["engine_build"] == wheel_description()
        assert model.bind(max_tokens=1).invoke("Hello").content
    finally:
        model.close()
    expected = f"{server.path} cannot be used: {reason.format(model=tiny_gguf().name)}."
    assert capfd.readouterr().err == f"{expected} Using {wheel_description()} instead.\n"


def test_a_server_that_ignores_the_key_is_not_used(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    server = FakeServer(tmp_path, open=True)
    with LlamaEngine(tiny_gguf(), n_ctx=512, server=str(server.path)) as engine:
        engine.wait_ready(60)
        assert engine.description == wheel_description()
    assert "cannot be used: The server answers without its key" in capfd.readouterr().err


def test_an_older_name_of_an_option_is_used(tmp_path: Path) -> None:
    server = FakeServer(tmp_path, options=(*OPTIONS[:-1], "--no-ui"))
    with LlamaEngine(tiny_gguf(), n_ctx=512, server=str(server.path)) as engine:
        engine.wait_ready(60)
        assert "--no-ui" in server.started["argv"] and "--no-webui" not in server.started["argv"]


# A real one


@pytest.fixture(scope="module")
def native() -> Iterator[ChatLlama]:
    """SmolLM2 on the llama-server of this machine."""
    named = os.environ.get("LLAMA_SERVER")
    place = located(None if named == WHEEL else named, {"PATH": os.environ["PATH"]}, native_server())
    if place is None:
        pytest.skip("there is no llama-server on this machine (make native builds one)")
    model = ChatLlama.open(tiny_gguf(), name="SmolLM2", sha256=TINY_SHA256, server=str(place[0]))
    yield model
    model.close()


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_reply_that_ends_inside_a_character_is_complete_up_to_it(native: ChatLlama) -> None:
    lead = native.get_token_ids("🦘")[0]
    bound = native.bind(max_tokens=1, temperature=0, logit_bias={str(lead): 100})
    assert bound.invoke("Hello").text == "".join(part.text for part in bound.stream("Hello")) == ""


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    "begun", ["The capital of Australia is", "<think>\nNot Sydney.\n</think>\n\nThe capital of"]
)
def test_a_partial_answer_goes_on_without_being_repeated(native: ChatLlama, begun: str) -> None:
    messages = [HumanMessage("What is the capital of Australia?"), AIMessage(begun)]
    bound = native.bind(max_tokens=12, temperature=0, logprobs=True, top_logprobs=2)
    parts = list(bound.stream(messages))
    streamed = "".join(part.text for part in parts)
    assert begun not in streamed and "Canberra" in streamed
    assert bound.invoke(messages).text == streamed
    entries = [
        entry
        for part in parts
        for entry in (part.response_metadata.get("logprobs") or {}).get("content") or []
    ]
    assert "".join(entry["token"] for entry in entries) == streamed


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_log_probabilities_of_given_texts_agree_with_the_wheel(native: ChatLlama) -> None:
    assert "llama-server" in (native.metadata or {})["credence"]["engine_build"]
    wheel = ChatLlama.open(tiny_gguf(), name="SmolLM2", sha256=TINY_SHA256, server=WHEEL)
    try:
        pairs = [
            tuple(
                model.score([HumanMessage(asked)], text, 5).response_metadata["logprobs"]["content"]
                for model in (native, wheel)
            )
            for asked, text in TEXTS
        ]
    finally:
        wheel.close()
    assert all([a["bytes"] for a in ours] == [b["bytes"] for b in theirs] for ours, theirs in pairs)
    differences = [abs(a["logprob"] - b["logprob"]) for pair in pairs for a, b in zip(*pair, strict=True)]
    mean, largest = sum(differences) / len(differences), max(differences)
    print(f"{len(differences)} tokens: mean absolute difference {mean:.4f} nats, largest {largest:.4f}")
    assert len(differences) > 120
    # Measured with an AVX-512 build: 0.07 and 0.39. Surprising tokens differ more than those of an answer.
    assert mean < 0.12 and largest < 0.8

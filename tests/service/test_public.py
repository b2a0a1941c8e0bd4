"""What the environment says about how a server is open to others."""

import pytest

from files.errors import CredenceError
from service.guards.public import Public, public, service_guards
from tests.chains.script import scripted
from tests.service.running import running

LOCAL = ("127.0.0.1", "localhost", "[::1]")


def test_a_machine_of_one_person_has_no_limits() -> None:
    assert public("127.0.0.1", {}) == Public(hosts=LOCAL)
    assert public("0.0.0.0", {}) == Public()


def test_a_space_is_shared_limited_and_shown_in_frames() -> None:
    how = public("0.0.0.0", {"SPACE_ID": "a/b"})
    assert (how.shared, how.rate, how.proxies, how.frames, how.embedded) == (True, 30, 1, "*", True)
    how = public("0.0.0.0", {"SPACE_ID": "a/b", "CREDENCE_RATE": "0", "CREDENCE_PROXIES": "0"})
    assert (how.rate, how.proxies) == (0, 0)


def test_settings_are_read() -> None:
    how = public(
        "localhost",
        {
            "CREDENCE_SHARED": "yes",
            "CREDENCE_PASSWORD": "ann: eight or more",
            "CREDENCE_FRAMES": "self https://*.example.org:8443",
            "CREDENCE_HOSTS": "Chat.example, other.example",
            "CREDENCE_RATE": "5",
        },
    )
    assert how.login == ("ann", " eight or more") and how.key == " eight or more" and not how.embedded
    assert how.frames == "'self' https://*.example.org:8443"
    assert how.hosts == (*LOCAL, "chat.example", "other.example") and how.rate == 5
    key = public("", {"CREDENCE_PASSWORD": "eight or more", "CREDENCE_SERVICE_KEY": "other"})
    assert (key.login, key.key) == (("", "eight or more"), "other")


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("CREDENCE_PASSWORD", "ann:short", "needs at least 8 characters"),
        ("CREDENCE_FRAMES", "https://a.example; script-src *", "is no site"),
        ("CREDENCE_RATE", "-1", "must be a whole number, not '-1'"),
        ("CREDENCE_PROXIES", "one", "must be a whole number"),
    ],
)
def test_a_setting_that_is_not_valid_is_named(name: str, value: str, sentence: str) -> None:
    with pytest.raises(CredenceError, match=f"^{name}.* {sentence}"):
        public("", {name: value})


def test_the_service_alone_has_headers_and_a_rate() -> None:
    with running(scripted(), guards=service_guards(Public(rate=2, hosts=("127.0.0.1",)))) as served:
        replies = [served.post("/credence/markers", {"text": "perhaps"}) for _ in range(3)]
        assert [reply.status_code for reply in replies] == [200, 200, 429]
        assert replies[2].json()["error"]["code"] == "too_many_requests"
        for reply in (*replies, served.get("/docs"), served.client.get(f"{served.url}/nothing")):
            assert reply.headers["content-security-policy"].startswith("default-src 'none'; ")
            assert reply.headers["x-content-type-options"] == "nosniff"

"""Two apps on one PostgreSQL database: a person goes on in the second where the first stopped answering."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from chains.engines.scripted import ScriptedChatModel
from tests.browser.conftest import finished, send
from tests.browser.test_conversations import QUESTION, kept
from tests.postgres import Postgres


def test_a_conversation_goes_on_in_another_process(
    page: Page, serve: Callable[..., str], postgres: Postgres
) -> None:
    database = str(postgres.url())
    first, second = (serve(ScriptedChatModel(), conversations=database) for _ in range(2))
    page.goto(first)
    send(page, QUESTION)
    finished(page)
    kept(page)
    conversation = page.url.partition("?")[2]
    other = page.context.new_page()
    other.goto(f"{second.rstrip('/')}/?{conversation}")
    finished(other)
    expect(other.locator(".cr-question")).to_have_text([QUESTION])
    send(other, "And of France?")
    finished(other, 2)
    back = page.context.new_page()
    back.goto(f"{first.rstrip('/')}/?{conversation}")
    finished(back, 2)
    expect(back.locator(".cr-question")).to_have_text([QUESTION, "And of France?"])

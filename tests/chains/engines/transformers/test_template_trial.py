"""A chat template that takes all time or memory is refused before it runs in our process."""

import pytest

from chains.engines.transformers import template_trial
from chains.engines.transformers.template_trial import try_template
from chains.errors import ModelUnavailable

ENDLESS = "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}"
HUGE = "{% set n = namespace(t='x') %}{% for i in range(60) %}{% set n.t = n.t ~ n.t %}{% endfor %}{{ n.t }}"
LONG = "{{ 'x' * 300000 }}"
ESCAPES = "{{ messages.__class__.__mro__[1].__subclasses__() }}{{ cycler.__init__.__globals__.os.popen('id').read() }}"


def test_a_template_that_does_not_end_is_refused() -> None:
    with pytest.raises(ModelUnavailable, match="does not end within 3 seconds"):
        try_template(ENDLESS, seconds=3)


def test_a_template_that_waits_for_the_processor_is_refused_only_after_much_longer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(template_trial, "PATIENCE", 0.001)
    with pytest.raises(ModelUnavailable, match=r"does not end within 0\.001 seconds"):
        try_template("waits", seconds=3)


@pytest.mark.parametrize("template", [HUGE, LONG])
def test_a_template_that_takes_too_much_memory_is_refused(template: str) -> None:
    with pytest.raises(ModelUnavailable, match="takes too much memory"):
        try_template(template)


@pytest.mark.parametrize(
    "template",
    [
        "{% for m in messages %}<|{{ m.role }}|>{{ m.content }}{{ eos_token }}{% endfor %}",
        "{% if messages[0].role == 'system' %}{{ raise_exception('no system role') }}{% endif %}ok",
        ESCAPES,  # the sandbox refuses it, so every conversation is rejected
    ],
)
def test_other_templates_may_run(template: str) -> None:
    try_template(template, (("eos_token", "</s>"),))

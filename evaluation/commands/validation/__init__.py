"""Commands that measure our own matchers and judges against hand labels, which `evaluation.validation` computes."""

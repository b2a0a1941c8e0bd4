"""Commands that print how our matchers and judges compare with hand labels; `evaluation.validation` computes it."""

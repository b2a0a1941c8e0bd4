"""Decides whether an answer is right: by its option, by accepted answers, or by a judge. Confidence plays no role."""

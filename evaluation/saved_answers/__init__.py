"""Answers that were saved earlier, by Credence or by another tool, with their log-probabilities if it kept them.

Each module that ends in `_log` or `_rows` reads one layout; nothing here asks a model.
"""

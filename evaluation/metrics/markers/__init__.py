"""Metrics of epistemic markers: their confidence, their faithfulness, and how stable they are."""

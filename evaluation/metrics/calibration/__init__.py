"""Metrics of how well confidences match the share of right answers. Nothing here is fitted."""

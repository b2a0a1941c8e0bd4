"""How well confidences match the share of right answers."""

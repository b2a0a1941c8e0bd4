"""The training objective: exact expected reward of the confidences and answer KL penalty; no data, no trainers."""

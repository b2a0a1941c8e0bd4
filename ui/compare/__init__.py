"""One question to two or three models, or to one with different settings, side by side. Keeps no conversation."""

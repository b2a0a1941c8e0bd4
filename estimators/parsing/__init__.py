"""Reads replies: the chosen option, a label, a level, a number. Turning them into confidences belongs in `signals`."""

"""What is maximised: the exact expected reward over the stated confidences, and the answer KL penalty."""

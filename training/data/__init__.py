"""Questions to train on, sampled answers, replies read back."""

"""The trainers: warm-up, exact and sampled training, checkpoints, progress, dry run; no objective formulas."""

"""Training itself: warm-up, the trainers, their checkpoints and progress, a dry run."""

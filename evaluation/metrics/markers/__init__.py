"""What epistemic markers are worth, and how stable that is."""

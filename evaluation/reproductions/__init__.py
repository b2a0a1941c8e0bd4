"""Published tables computed again with this project's own metrics, each by a command of its own."""

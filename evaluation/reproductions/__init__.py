"""Published tables computed again with this project's metrics, one command each."""

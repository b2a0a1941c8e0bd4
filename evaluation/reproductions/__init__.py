"""Published tables, computed again with this project's metrics. No model is asked."""

"""Studies with human participants: design, sessions, storage and analysis. Web pages belong in ui.study."""

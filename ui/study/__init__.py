"""The web pages of a study for participants and researchers, and the app that serves them. No study logic."""

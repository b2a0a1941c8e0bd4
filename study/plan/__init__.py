"""The order of a session, as pure functions: its cell, its screens, and the position in it. Nothing here reads the
database."""

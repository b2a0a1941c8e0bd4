"""A participant's session: assignment, screens, answers. Nothing here knows about HTTP."""

"""One participant's way through a study: allocation, screens, answers. Nothing here knows HTTP."""

"""Studies with people: the design, who sees what, the store that loses nothing, and what comes out of it."""

"""The confidence panel under a Gradio chat of somebody else: scores and shows what it said, and changes nothing in it."""

"""How well confidences rank right answers before wrong ones, and what abstention gains."""

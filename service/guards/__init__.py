"""What every request must pass before it is read, and what every reply carries; knows nothing of questions and answers."""

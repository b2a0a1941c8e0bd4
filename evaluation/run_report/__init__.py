"""What a report and the terminal show of runs: their metrics, drawings, markers, cost and answers."""

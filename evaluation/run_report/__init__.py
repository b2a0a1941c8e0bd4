"""What a report and the terminal show of runs: metrics, drawings, markers, cost, answers. Pages belong in `reports`."""

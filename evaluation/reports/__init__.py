"""Tables, plots and pages. Metrics are computed elsewhere."""

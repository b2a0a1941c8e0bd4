"""Tables, plots and pages of any report. Metrics are computed elsewhere, and nothing here knows what a run is."""

"""Tables, drawings and pages. Nothing here computes a metric of its own."""

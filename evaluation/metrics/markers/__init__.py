"""Metrics of epistemic markers: their confidence, faithfulness and stability. Finding markers belongs in
`estimators.markers`."""

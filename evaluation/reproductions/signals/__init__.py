"""The benchmark of all signals on the records of runs: how well each ranks answers, and what it costs."""

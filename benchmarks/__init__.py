"""Measurements of speed, reliability and error rates, one module each: ``python -m benchmarks.NAME``."""

import files.environment  # noqa: F401 - before torch is imported

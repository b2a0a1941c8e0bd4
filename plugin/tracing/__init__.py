"""Confidence in traces: LangChain callbacks for OpenTelemetry and LangSmith."""

"""Chat models with log-probabilities: llama.cpp, transformers, OpenAI-compatible servers, a script.

Nothing here imports the pipeline.
"""

"""Models loaded with transformers, with our own decoding loop. Nothing here imports torch before a model is opened."""

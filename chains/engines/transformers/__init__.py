"""Models loaded with transformers, with our own decoding loop. torch is imported only when a model is opened."""

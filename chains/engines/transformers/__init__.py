"""Models of the transformers library, with a decode loop of our own."""

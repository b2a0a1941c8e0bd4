"""Several replies of a transformers model at the same time, over the beginning that their prompts share."""

"""Results of training: before and after, comparison of runs, model card, export; nothing here trains."""

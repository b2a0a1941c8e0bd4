"""What training brought: before and after, comparisons, the model card, export."""

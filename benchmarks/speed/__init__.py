"""What an answer costs: the speed table of `make bench`. Error rates and reliability are measured elsewhere."""

"""`python -m evaluation COMMAND`: each reads its arguments, calls the library and prints. No other package imports it."""

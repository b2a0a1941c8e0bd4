"""`python -m evaluation COMMAND`: each reads its arguments, calls the library, prints. No other package imports it."""

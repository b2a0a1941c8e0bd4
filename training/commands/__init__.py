"""`python -m training COMMAND`: each reads its arguments, calls the library and prints. No other package imports it."""

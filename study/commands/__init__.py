"""`python -m study COMMAND`: each reads its arguments, calls the library, prints."""

"""The commands of `python -m study`: each parses arguments, calls the library and prints; no logic of its own."""

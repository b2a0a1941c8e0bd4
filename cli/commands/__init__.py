"""One module per command of `credence`; each reads its arguments, calls the library and prints."""

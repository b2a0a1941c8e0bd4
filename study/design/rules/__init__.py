"""The rules that a design must follow; each broken one is reported as a place and a sentence. Nothing here reads
files."""

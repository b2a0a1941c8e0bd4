"""Markdown of an answer as a tree in which every visible character knows its place in the source."""

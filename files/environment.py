"""What the libraries read from the environment when they are imported. Import it before them; it sets what is not set."""

import os

# Threads of OpenMP wait without spinning: torch and llama.cpp are many times faster when anything else is running.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

"""What participants, raters and researchers of a study see, and the HTTP app that serves it."""

"""Other packages that score answers, each in an environment of its own: asked, and compared with Credence."""

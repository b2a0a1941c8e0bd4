"""The database of a study, an append-only log of events, and its backups. Nothing here knows about screens."""

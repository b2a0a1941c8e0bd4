"""The study's database: events that are only ever added, and its backups."""

"""Opens SQLite or PostgreSQL with durable commits, and migrates tables. It knows no table and imports only `files`."""

"""From the database to tidy data, measures and the report."""

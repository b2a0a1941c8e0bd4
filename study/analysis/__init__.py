"""From the database to tidy data, measures and the report. Nothing here changes a study."""

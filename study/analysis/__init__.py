"""From the trials of a study to measures and the report, and its progress. Nothing here changes a study."""

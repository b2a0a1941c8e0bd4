"""Whether an answer is right: by option, by accepted answers, by a judge."""

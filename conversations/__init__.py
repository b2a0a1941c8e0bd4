"""Conversations kept in a database: a list, and for each the changes that were made. It draws nothing and asks no model."""

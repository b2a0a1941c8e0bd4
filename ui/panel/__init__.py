"""The confidence panel of one answer, as pure functions of an assessment."""

"""What the page shows of a turn, computed once before it is drawn: frozen values without markup."""

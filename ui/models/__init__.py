"""The model in the page: its name in the header, how far the loading of one is, and the menu to choose another."""

"""The chat: conversation, turns, settings, and the page's event handlers. Confidences are computed elsewhere."""

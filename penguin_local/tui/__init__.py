"""Talking: the screens of a conversation, for a keyboard, a mouse or both."""

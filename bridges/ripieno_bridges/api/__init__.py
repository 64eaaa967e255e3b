"""Requests and replies, the same at every interface; nothing here is slow to import."""

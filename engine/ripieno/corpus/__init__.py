"""Prepared pieces, and how much of a result stands in them."""

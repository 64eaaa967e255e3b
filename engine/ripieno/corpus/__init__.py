"""Corpora of prepared pieces, and how much of a result is copied from them."""

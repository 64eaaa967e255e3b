"""Notation -> LilyPond 2.24: variables for the voices, then a score; and PDF, where LilyPond is installed."""

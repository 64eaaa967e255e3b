"""Harmony as musicians write it: chord symbols, Roman numerals, figured bass, and texts of them."""

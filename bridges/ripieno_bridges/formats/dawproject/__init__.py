"""Scores -> .dawproject files, which several sequencers open: XML in a zip archive, by its public schema."""

"""Ensembles: which voices sing or play together, from top to bottom. One TOML file each."""

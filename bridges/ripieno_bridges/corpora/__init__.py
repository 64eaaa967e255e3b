"""Folders of music files -> prepared corpora for training."""

"""Evaluation: how good a network is, and how similar its music is to the originals."""

"""Listening tests: made of pieces and models, shown on a page, their results summed up."""

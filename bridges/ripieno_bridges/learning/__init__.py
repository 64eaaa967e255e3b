"""A user's own style in one command: a folder of scores becomes a model with a report card."""

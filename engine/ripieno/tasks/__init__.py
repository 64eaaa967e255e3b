"""The tasks, compose, harmonize, continue, infill and vary, for a choir and for the piano."""

"""The tasks (compose, harmonize, continue, infill, vary) for a choir and for the piano."""

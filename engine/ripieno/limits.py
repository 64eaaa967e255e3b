"""Bounds of a request that the engine and every interface share; loads nothing."""

SEEDS = 2**31  # a seed is one of 0 to SEEDS - 1, so that it fits into OSC's int32
MAX_ALTERNATIVES = 16
MAX_BARS = 512  # to compose or to add
COMPOSED_BARS, CONTINUED_BARS = 8, 4  # measures, where nobody says how many
MAX_MEASURE_QUARTERS = 64  # a measure, or a note of a document

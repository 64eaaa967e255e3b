"""A document as it is written: note values, ties, words and repeats, for writers of other notation."""

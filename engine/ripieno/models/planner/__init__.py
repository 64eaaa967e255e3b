"""The planner: a harmonic plan for the notes that are given."""

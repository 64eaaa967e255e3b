"""`ripieno serve` in the background, started by the system: one file a system, chosen by a table."""

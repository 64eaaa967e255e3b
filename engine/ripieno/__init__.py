"""ripieno fills in the missing voices of a piece of music and never touches what was given.

This package is the engine: scores, the networks' view of them, the networks, and the tasks.
It knows no file format and no network; those are in ``ripieno_bridges``. Importing it loads nothing heavy.
"""

__version__ = "0.1.0"

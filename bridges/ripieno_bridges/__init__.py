"""The doors of ripieno: files, the command line, and later OSC and HTTP. Only this package knows formats."""

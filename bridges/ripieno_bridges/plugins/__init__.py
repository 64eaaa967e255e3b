"""Installing the plugins of notation programs."""

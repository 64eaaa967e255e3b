"""The training of each family of networks, one file a family."""

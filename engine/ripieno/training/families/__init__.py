"""What each family of networks learns from, one file a family."""

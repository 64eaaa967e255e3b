"""BachBot, the token network of 2016."""

"""The short music text of tests, examples and error messages."""

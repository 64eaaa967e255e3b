"""The default network, LSTMs along time and along voices."""

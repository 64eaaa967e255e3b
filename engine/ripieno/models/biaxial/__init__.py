"""Johnson's two-axis LSTM for free polyphony: the network, what it reads, its plans, and its generator."""

"""Networks over note states, RBM and DBN, and how keys become voices."""

"""Networks over note states (RBM and DBN), their samplers, and the way from keys to voices."""

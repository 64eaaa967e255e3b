"""Training: the trainer, its checkpoints and logs, several processes, the search for hyperparameters."""

"""Many files, or many new pieces, by one command: resumable, by several workers, as files or a data set."""

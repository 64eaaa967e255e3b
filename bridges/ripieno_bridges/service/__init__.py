"""The queue, the worker process and the models behind every interface."""

"""What is asked of ripieno and what it answers, the same at every interface; nothing here is slow to import."""

"""What kiapi's tables and operations are called here."""

NAME = "kiapi"  # the provider's
FILES, JOBS, QUEUE = "files", "jobs", "queue"  # tables of the store

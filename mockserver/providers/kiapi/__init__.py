"""kiapi: an open server of local image models, with jobs and files."""

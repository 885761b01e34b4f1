"""The post format of the seeds: Article to bytes and back. Pure."""

"""Item pipelines, one stage a file, in the order they run."""

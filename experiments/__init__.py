"""Arms, exposures and honest statistics."""

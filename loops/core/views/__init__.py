"""Pages that all loops share."""

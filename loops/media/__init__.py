"""Pictures people share."""

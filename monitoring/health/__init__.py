"""The look at the site every 30 seconds."""

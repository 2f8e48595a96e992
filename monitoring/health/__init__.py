"""The health check that runs every 30 seconds."""

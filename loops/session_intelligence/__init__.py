"""Session intelligence: a tutoring session's transcript becomes a cited summary and actions that feed the loops."""

"""The arithmetic of the dashboards, without a clock and without a database."""

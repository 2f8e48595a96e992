"""Health, metrics, alerts and dashboards: today the health door, the rest is issue #7."""

"""Health checks, metrics, alerts and growth dashboards, for staff and for machines."""

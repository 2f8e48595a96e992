"""Thresholds, alerts, and how on-call hears of them."""

"""Thresholds, alerts, and the channels that notify on-call staff."""

"""The base of every app: event log, decision log, listeners, outbox, leased work, pub/sub topics, limiter, clock."""

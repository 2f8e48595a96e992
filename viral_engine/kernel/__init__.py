"""The ground floor: event log, decision log, announce and hear, topics, limiter, clock."""

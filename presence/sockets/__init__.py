"""Clients of the JSON socket and their memberships of topics."""

"""Invariants of the stored data: true after any fault. `manage.py check_invariants` and the drills ask."""

"""Scripts that print a measurement and its ratio to a baseline of the same run; docs/performance.md keeps results."""

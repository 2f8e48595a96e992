"""Scripts that print a figure and its ratio to a baseline of the same run. docs/performance.md keeps their output."""

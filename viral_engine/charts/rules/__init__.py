"""The geometry of charts: numbers in, numbers and words out, always finite."""

"""The geometry and number formats of charts; every result is finite."""

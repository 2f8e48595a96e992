"""Pages of the HTML socket: fragments for htmx."""

"""The site: settings, wiring, and the four lower apps (kernel, accounts, learning, safety)."""

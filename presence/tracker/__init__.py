"""Who is where, true across tabs, processes, kills and restarts. One contract, two backends."""

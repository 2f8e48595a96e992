"""The demo: six scenes that people play on the running site, each line read back from its database or its sockets."""

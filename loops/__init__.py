"""The growth loops: orchestrator, links, attribution, rewards, share media, and a folder for each loop."""

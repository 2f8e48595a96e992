"""Shared by all loops: links, attribution, rewards, prompts, personalization, experiments and payouts."""

"""What all loops share: links, attribution, rewards, prompts, personalization, experiments and payouts."""

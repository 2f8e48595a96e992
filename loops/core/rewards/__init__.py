"""The only writers of the reward ledger. Repeating a grant, redemption or reversal under its key changes nothing."""

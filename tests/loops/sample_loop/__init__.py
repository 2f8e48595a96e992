"""Study Together: a loop that only tests know. docs/adding-a-loop.md follows its files."""

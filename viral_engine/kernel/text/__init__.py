"""Text that people type: one spelling per name and mailbox, and rules for text that others read."""

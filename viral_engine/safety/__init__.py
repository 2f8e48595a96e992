"""The trust and safety agent: decides who may do what, and logs every decision."""

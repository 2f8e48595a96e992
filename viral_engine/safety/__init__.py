"""The trust and safety agent: who may do what, decided and logged."""

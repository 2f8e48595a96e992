"""Replace what identifies a person in a text: names known to us, names by their context, contact data.

Each find becomes a placeholder such as `[student]` or `[phone]`, so that the text stays readable. A sentence that the
contact rules still object to afterwards is removed whole: a lost sentence costs less than a leaked address. Measured:
tests/safety/test_redaction.py, `python -m benchmarks.transcripts`.
"""

from viral_engine.safety.redaction.redactor import KnownName, Redacted, Redactor

__all__ = ["KnownName", "Redacted", "Redactor"]

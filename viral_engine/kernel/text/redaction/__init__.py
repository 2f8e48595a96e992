"""Replace what identifies a person in a text: names known to us, names by their context, contact data.

Each find becomes a placeholder such as `[student]` or `[phone]`, so that the text stays readable. A sentence that the
contact rules still object to afterwards is removed whole: a lost sentence costs less than a leaked address.

    transcripts   everything, before a model or a page reads them
    chat          names that the cohort does not show, schools and numbers, before a message is stored
    cards         contact data in every drawn text
    logs          numbers of people, phones and street addresses in every line

Measured: tests/kernel/text/test_redaction.py, `python -m benchmarks.transcripts`.
"""

from viral_engine.kernel.text.redaction.patterns import without_contact_data
from viral_engine.kernel.text.redaction.redactor import KnownName, Redacted, Redactor

__all__ = ["KnownName", "Redacted", "Redactor", "without_contact_data"]

"""Take from a message what the cohort must not read about its people: hidden names, schools, numbers."""

from viral_engine.accounts.models import CohortMembership, User, load_disclosures
from viral_engine.kernel.text.redaction import KnownName, Redactor
from viral_engine.kernel.text.redaction.names import folded

HIDDEN_NAME = "[name]"
MIN_NAME = 2  # letters


def redacted_message(text: str, cohort_id: int) -> str:
    """The text without last names of members, first names that are not shown here, schools and numbers of people.

    First names that members show each other stay: people call each other by them.

    Cost  1 query; 1 more in a cohort of children who have first names.
    """
    members = User.objects.filter(pk__in=CohortMembership.objects.filter(cohort=cohort_id).values("user"))
    people = list(members.only("username", "first_name", "last_name", "birthdate", "role"))
    load_disclosures(people)
    shown = {folded(person.peer_name) for person in people}
    said = folded(text)
    # A redactor of the names that may be in the text alone: a pattern of a whole cohort takes longer to build.
    names = {
        name
        for person in people
        for name in _private_names(person)
        if len(name) >= MIN_NAME and folded(name) not in shown and any(part in said for part in folded(name).split())
    }
    redactor = Redactor([KnownName(name, HIDDEN_NAME) for name in sorted(names)], guesses_names=False)
    return redactor.redact(text).text


def _private_names(person: User) -> tuple[str, ...]:
    """The last name, and a first name that the cohort does not read."""
    is_shown = person.first_name and person.peer_name == person.first_name
    return (person.last_name,) if is_shown else (person.last_name, person.first_name)

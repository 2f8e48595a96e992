"""Names of children that other learners read: the first name only where a verified parent agreed."""

from collections.abc import Iterable

from viral_engine.accounts.models.family import Consent
from viral_engine.accounts.models.user import User


def load_disclosures(people: Iterable[User]) -> None:
    """Let `peer_name` and `display_name` show the first names of children whose verified parent agreed.

    Cost  1 query for any number of people; none without a child who has a first name.
    """
    children = [person for person in people if person.first_name and person.is_child]
    disclosed = Consent.objects.all().with_disclosure_consent({child.pk for child in children})
    for child in children:
        child.is_disclosed = child.pk in disclosed

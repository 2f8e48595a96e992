"""An attempted action counts toward the caps, also when it failed."""

import pytest

from feeds.services.challenges import challenge_cohort
from tests.factories import cohort_of, person
from viral_engine.kernel.clock import now
from viral_engine.kernel.models import Decision
from viral_engine.learning.models import Question, Skill
from viral_engine.learning.services.attempts import TooFewQuestions

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_challenge_without_questions_leaves_the_decision_about_it(algebra: Skill) -> None:
    ada = person("Ada")
    cohort = cohort_of(ada, at=now())
    Question.objects.filter(skill=algebra).update(is_active=False)
    with pytest.raises(TooFewQuestions):
        challenge_cohort(creator=ada, cohort_id=cohort.pk, skill=algebra, at=now())
    assert Decision.objects.get().outcome == "allow"

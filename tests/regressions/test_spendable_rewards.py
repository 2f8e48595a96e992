"""Items of the shop can be used, and XP for inviting is XP."""

from datetime import datetime, timedelta

import pytest

from loops.core.question_help import HelpRefused, explain_answer
from loops.core.rewards.grants import grant_reward
from loops.core.rewards.holds import hold_reward, release_reward, revoke_reward
from loops.models import QuestionHelp, RewardEntry, ShopItem
from loops.rules.question_help import help_steps, sentences
from tests.concurrency import at_once
from tests.factories import answer_all, browser, child, parent_of, person, practice
from tests.loops.shop_rows import stock
from viral_engine.accounts.models import User
from viral_engine.kernel.clock import now
from viral_engine.learning.models import Answer, Progress, Skill
from viral_engine.learning.services.attempts import start_practice

pytestmark = pytest.mark.usefixtures("catalogue")
MINUTES, XP = "ai_tutor_minutes", "referral_xp"
CALLS = 5


def answered(user: User) -> Answer:
    skill = Skill.objects.select_related("subject").get(slug="fractions")
    result = practice(user, skill, right=2, at=now() - timedelta(minutes=5))
    return Answer.objects.select_related("attempt", "question__skill").get(attempt=result.attempt, position=4)


def minutes(user: User, amount: int, *, key: str = "k", earned_by: str = "") -> None:
    grant_reward(user=user, kind=MINUTES, amount=amount, reason=earned_by or "Test", key=key, at=now())


def left(user: User) -> int:
    return RewardEntry.objects.balance_at(user.pk, MINUTES, now())


# -- AI-tutor minutes ----------------------------------------------------------------------------------------
@pytest.mark.django_db
def test_a_minute_explains_a_question_of_a_result_once(at: datetime) -> None:
    ada = person("Ada")
    minutes(ada, 2)
    answer, client = answered(ada), browser(ada)
    page = client.get(f"/results/{answer.attempt_id}/").content.decode()
    assert page.count("Explain it step by step") == 5
    assert f'hx-post="/results/answers/{answer.pk}/explain/"' in page
    said = [
        client.post(f"/results/answers/{answer.pk}/explain/", headers={"HX-Request": "true"}).content.decode()
        for _ in range(2)
    ]
    assert said[0].split("csrf")[0] == said[1].split("csrf")[0]
    assert "Your helper explains" in said[0]
    assert f"The answer is {answer.question.right_choice}." in said[0].replace("&#x27;", "'")
    assert left(ada) == 1
    whole = client.post(f"/results/answers/{answer.pk}/explain/").content.decode()
    assert "Back to your result" in whole
    used = RewardEntry.objects.get(kind=MINUTES, cause="use")
    assert (used.amount, used.key, used.reason) == (
        -1,
        f"help:{answer.pk}",
        f"{ada.display_name}: a question in Fractions explained",
    )


@pytest.mark.django_db(transaction=True)
def test_presses_at_one_moment_cost_one_minute(at: datetime) -> None:
    ada = person("Ada")
    minutes(ada, 3)
    answer = answered(ada)
    found = at_once(CALLS, lambda _: explain_answer(user=ada, answer=answer, at=now()).pk)
    assert found == {QuestionHelp.objects.get().pk: CALLS}
    assert left(ada) == 2


@pytest.mark.django_db
def test_without_a_minute_nothing_is_explained_and_the_page_says_what_to_do(at: datetime) -> None:
    ada = person("Ada")
    answer, client = answered(ada), browser(ada)
    with pytest.raises(HelpRefused, match="no AI-tutor minute left"):
        explain_answer(user=ada, answer=answer, at=now())
    said = client.post(f"/results/answers/{answer.pk}/explain/", headers={"HX-Request": "true"}).content.decode()
    assert "You can get some with your points on the Rewards page." in said
    assert QuestionHelp.objects.count() == 0


@pytest.mark.django_db
def test_a_parents_minutes_help_the_child(at: datetime) -> None:
    kid = child("Comet")
    grace = parent_of(kid, at=now())
    minutes(grace, 30)
    explain_answer(user=kid, answer=answered(kid), at=now())
    assert (left(kid), left(grace)) == (0, 29)


@pytest.mark.django_db
def test_only_finished_answers_of_ones_own_are_explained(at: datetime) -> None:
    ada, bo = person("Ada"), person("Bo")
    minutes(bo, 5)
    answer = answered(ada)
    assert browser(bo).post(f"/results/answers/{answer.pk}/explain/").status_code == 404
    attempt = start_practice(user=bo, skill=answer.question.skill, at=now())
    answer_all(attempt, right=1, at=now())
    open_answer = attempt.answers.first()
    assert open_answer is not None
    assert browser(bo).post(f"/results/answers/{open_answer.pk}/explain/").status_code == 404
    with pytest.raises(ValueError, match="one's own"):
        explain_answer(user=bo, answer=answer, at=now())
    assert left(bo) == 5


def test_the_helper_uses_the_banks_own_words() -> None:
    steps = help_steps(
        given="3",
        is_right=False,
        right="4",
        worked=sentences("Add 2 and 2. That is 4."),
        similar=("What is 3 + 3?", "6", "Add 3 and 3."),
    )
    assert steps == [
        "You answered 3. The answer is 4. Go through it one step at a time:",
        "Add 2 and 2.",
        "That is 4.",
        "Now one like it. What is 3 + 3? Cover the next line and try it first.",
        "The answer is 6. Add 3 and 3.",
    ]
    assert help_steps(given="4", is_right=True, right="4", worked=["Easy"], similar=None) == [
        "You answered 4, and that is right. This is why:",
        "Easy",
    ]


@pytest.mark.django_db
def test_the_shop_sells_nothing_that_cannot_be_used() -> None:
    stock()
    on_sale = set(ShopItem.objects.all().on_sale().exclude(kind="").values_list("kind", flat=True))
    assert on_sale == {"streak_shield", MINUTES}


# -- XP for inviting -----------------------------------------------------------------------------------------
def xp_of(user: User) -> int:
    return sum(Progress.objects.filter(user=user).values_list("xp", flat=True))


@pytest.mark.django_db
def test_xp_for_inviting_reaches_xp_once_and_leaves_with_a_revocation(at: datetime) -> None:
    ada = person("Ada")
    for _ in range(2):
        grant_reward(user=ada, kind=XP, amount=50, reason="Rally", key="x", at=at)
    assert xp_of(ada) == 50
    assert hold_reward(key="x", why="review", at=at)
    assert release_reward(key="x", at=at)
    assert xp_of(ada) == 50
    for _ in range(2):
        revoke_reward(key="x", reason="undone", at=at)
    assert xp_of(ada) == 0


@pytest.mark.django_db
def test_held_xp_reaches_xp_when_it_is_released(at: datetime) -> None:
    ada, bo = person("Ada"), person("Bo")
    for user in (ada, bo):
        key = user.username
        grant_reward(user=user, kind=XP, amount=50, reason="Rally", key=key, at=at, held_for="review")
    assert (xp_of(ada), xp_of(bo)) == (0, 0)
    release_reward(key="ada", at=at)
    revoke_reward(key="bo", reason="undone", at=at)
    assert (xp_of(ada), xp_of(bo)) == (50, 0)


@pytest.mark.django_db
def test_xp_is_for_learners(at: datetime) -> None:
    toni = person("Toni", age=30, role="tutor", grade=None)
    grant_reward(user=toni, kind=XP, amount=50, reason="Spotlight", key="t", at=at)
    assert not Progress.objects.filter(user=toni).exists()

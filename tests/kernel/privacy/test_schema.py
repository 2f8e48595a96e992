"""Nothing about a person is stored without a policy: how it is exported, erased and purged."""

from collections.abc import Iterator

import pytest
from django.apps import apps
from django.db import models
from django.test.utils import isolate_apps

from viral_engine.accounts.models import User
from viral_engine.kernel.privacy import policies
from viral_engine.kernel.privacy.policies import Blank, Delete, Keep, PersonPath, declare
from viral_engine.kernel.privacy.schema import missing_policies

Diary = type[models.Model]


@pytest.fixture
def diary(monkeypatch: pytest.MonkeyPatch) -> Iterator[Diary]:
    """A model as a new feature would bring it."""
    ours = list(apps.get_models(include_auto_created=True))
    with isolate_apps("viral_engine.accounts"):

        class Diary(models.Model):
            owner = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
            reader = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
            page = models.TextField()
            mood = models.JSONField(default=dict)
            color = models.CharField(max_length=5, choices=[("red", "Red")])

            class Meta:
                app_label = "accounts"

            def __str__(self) -> str:
                return self.color

        monkeypatch.setattr(policies, "_policies", dict(policies._policies))
        monkeypatch.setattr(apps, "get_models", lambda **_: [*ours, Diary])
        yield Diary


def test_every_model_foreign_key_and_text_has_a_policy() -> None:
    assert missing_policies() == []


def test_a_new_model_without_a_policy_is_found(diary: Diary) -> None:
    assert missing_policies() == ["accounts.Diary has no policy: declare one in its app's personal_data.py"]


def test_a_new_foreign_key_and_a_new_text_are_found(diary: Diary) -> None:
    declare(diary, retention="account", people=(PersonPath("owner", Delete()),), words={"page": "owner"})
    assert missing_policies() == [
        "accounts.Diary.reader points at a person and is no declared path",
        "accounts.Diary.mood holds text and is in none of words, codes, hidden",
    ]


def test_words_that_outlive_their_writer_are_found(diary: Diary) -> None:
    people = (PersonPath("owner", Keep("It is nice.")), PersonPath("reader", Blank.to(mood={})))
    declare(diary, retention="account", people=people, words={"page": "owner"}, hidden="mood")
    assert missing_policies() == ["accounts.diary.page outlives the person at owner"]


def test_a_timed_class_needs_a_purge_and_a_class_must_exist(diary: Diary) -> None:
    people = (PersonPath("owner", Delete()), PersonPath("reader", Delete()))
    declare(diary, retention="chat", people=people, words={"page": "owner"}, codes="mood")
    assert missing_policies() == ["accounts.Diary ends after 30 days and has no purge"]
    declare(diary, retention="forever", people=people, words={"page": "owner"}, codes="mood missing")
    assert missing_policies() == [
        "accounts.Diary: 'forever' is no retention class",
        "accounts.Diary has no column missing",
    ]


def test_a_model_without_people_says_why(diary: Diary) -> None:
    declare(diary, retention="content", codes="page mood")
    assert missing_policies()[0] == "accounts.Diary names no person and says no reason"


def test_each_policy_that_keeps_a_row_says_why() -> None:
    kept = [
        (policy.name, path.erasure.reason)
        for policy in policies.policies()
        for path in policy.people
        if isinstance(path.erasure, Keep)
    ]
    assert len(kept) > 20
    assert [name for name, reason in kept if len(reason) < 20] == []

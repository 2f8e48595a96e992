"""Measure every dashboard with 5,000,000 events in PostgreSQL: its time, its queries and the cost of the rollups.

    python -m benchmarks.dashboards [--events 5000000] [--looks 50]

The events cover 60 days of a school whose size follows from their number. Most are practice, a tenth belong to loops,
and they are in order of time. The site's own code builds the rollups; then each page is requested through its view
with an empty cache. Baseline: `SELECT 1` on the same connection. The script fails if a page needs too many queries.
"""

import argparse
from functools import partial
from time import perf_counter

from benchmarks.harness import own_database, percentile, report, timed

PEOPLE = """
INSERT INTO accounts_user (id, password, is_superuser, username, username_key, first_name, last_name, is_staff,
  is_active, date_joined, person_id, role, avatar, current_subject, presence_visible, feed_visible, growth_prompts,
  email_updates,
  transcription, signup_device, signup_ip_hash, is_simulated, theme, language, grade, birthdate)
SELECT n, '', false, 'u' || n, 'u' || n, 'Ada', 'Lovelace', false, true, now() - n %% 60 * interval '1 day',
  gen_random_uuid(),
  CASE WHEN n %% 10 < 7 THEN 'student' WHEN n %% 10 < 9 THEN 'parent' ELSE 'tutor' END, 'violet', '',
  true, true, true, true, true, '', '', false, 'violet', 'en', 8,
  CASE WHEN n %% 10 < 2 THEN now() - interval '10 years' ELSE now() - interval '15 years' END
FROM generate_series(1, %(people)s) n
"""
LINKS = """
INSERT INTO loops_link (code, loop_id, referrer_id, tree, arms, words, deactivation_reason, created_at, expires_at)
SELECT lpad(n::text, 8, '0'),
  (array['buddy_challenge', 'results_rally', 'proud_parent', 'tutor_spotlight'])[1 + n %% 4],
  n, '', '[]', '{}', '', now() - interval '60 days', now() + interval '30 days'
FROM generate_series(1, %(people)s) n
"""
GUESTS = """
INSERT INTO accounts_guest (id, device, ip_hash, link_code, created_at)
SELECT ('00000000-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid, '', '', lpad((1 + n %% %(people)s)::text, 8, '0'),
  now() - interval '60 days'
FROM generate_series(1, %(guests)s) n
"""
TOUCHES = """
INSERT INTO loops_touch (link_id, visitor, channel, campaign, clicked_at, clicked_on)
SELECT l.id, g.id::text, (array['copy', 'sms', 'whatsapp', 'email', 'system'])[1 + n %% 5], '', at, at::date
FROM (SELECT n, ('00000000-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid AS id,
        now() - interval '60 days' * (1 - n::float / %(guests)s) - interval '2 minutes' AS at
      FROM generate_series(1, %(guests)s) n) g
JOIN loops_link l ON l.code = lpad((1 + n %% %(people)s)::text, 8, '0')
"""
# Per hundred events: 4 exposures, 4 invites, 2 each of clicks, starts and first values, 1 sign-up, 1 attribution.
EVENTS = """
INSERT INTO kernel_loggedevent (type, actor_id, guest_id, link_code, properties, at, idempotency_key, is_invalid)
SELECT type,
  CASE WHEN type IN (%(link_clicked)s, %(guest_started)s, %(fvm_reached)s) THEN NULL ELSE who END,
  CASE WHEN type IN (%(link_clicked)s, %(guest_started)s, %(fvm_reached)s) THEN guest ELSE '' END,
  CASE WHEN type IN (%(link_clicked)s, %(guest_started)s, %(fvm_reached)s, %(signup_attributed)s) THEN code ELSE '' END,
  CASE type
    WHEN %(loop_exposed)s THEN jsonb_build_object('loop', loop, 'prompt_id', 1)
    WHEN %(invite_sent)s THEN jsonb_build_object('loop', loop, 'channel', channel)
    WHEN %(link_clicked)s THEN jsonb_build_object('loop', loop, 'channel', channel)
    WHEN %(guest_started)s THEN jsonb_build_object('loop', loop)
    WHEN %(fvm_reached)s THEN jsonb_build_object('attempt_id', '', 'person_id', guest)
    WHEN %(signup_attributed)s THEN jsonb_build_object('loop', loop, 'referrer_id', 1 + (who + 7) %% %(people)s)
    ELSE jsonb_build_object('subject', 'math', 'skill', 'algebra', 'score', 80) END,
  now() - interval '60 days' * (1 - n::float / %(events)s),
  CASE WHEN type = %(fvm_reached)s THEN 'fvm:' || guest END, false
FROM (
  SELECT n, type, who,
    '00000000-0000-4000-8000-' || lpad(one::text, 12, '0') AS guest,
    lpad((1 + one %% %(people)s)::text, 8, '0') AS code,
    (array['copy', 'sms', 'whatsapp', 'email', 'system'])[1 + one %% 5] AS channel,
    (array['buddy_challenge', 'results_rally', 'proud_parent', 'tutor_spotlight'])[1 + who %% 4] AS loop
  FROM (
    SELECT n, 1 + n / 50 AS one, 1 + ((n / 3)::bigint * 7919) %% %(people)s AS who,
      CASE WHEN n %% 100 IN (0, 30, 40, 70) THEN %(loop_exposed)s WHEN n %% 100 IN (1, 31, 41, 71) THEN %(invite_sent)s
        WHEN n %% 50 = 2 THEN %(link_clicked)s WHEN n %% 50 = 3 THEN %(guest_started)s
        WHEN n %% 50 = 4 THEN %(fvm_reached)s
        WHEN n %% 100 = 5 THEN %(account_created)s WHEN n %% 100 = 6 THEN %(signup_attributed)s
        WHEN n %% 100 = 7 THEN %(prompt_dismissed)s WHEN n %% 2 = 0 THEN %(practice_started)s
        ELSE %(practice_completed)s END AS type
    FROM generate_series(0, %(events)s - 1) n) a) b
ORDER BY n
"""
DECISIONS = """
INSERT INTO kernel_decision (agent, actor_id, guest_id, type, outcome, rationale, features, alternatives, is_degraded,
  latency_ms, decided_at)
SELECT (array['orchestrator', 'trust_safety', 'incentives'])[1 + n %% 3], 1 + n %% %(people)s, '', 'x',
  CASE WHEN n %% 50 = 0 THEN 'refuse' ELSE 'allow' END, 'daily_cap', '{}', '[]', n %% 500 = 0, 1 + 40 * random(),
  now() - interval '60 days' * (1 - n::float / %(decisions)s)
FROM generate_series(1, %(decisions)s) n
"""
CONSENTS = """
INSERT INTO accounts_consent (child_id, given_by_id, kind, method, evidence, text_version, text_hash, ip_hash, given_at)
SELECT n, 7, 'coppa', 'email_plus', 'request:1', '1', '', '', now()
FROM generate_series(1, %(people)s) n WHERE n %% 20 = 1
"""
REFERRALS = """
INSERT INTO loops_referral (referee_id, referrer_id, link_id, touch_id, generation, attributed_at)
SELECT DISTINCT ON (e.actor_id) e.actor_id, l.referrer_id, l.id, t.id, 1, e.at
FROM kernel_loggedevent e JOIN loops_link l ON l.code = e.link_code JOIN loops_touch t ON t.link_id = l.id
WHERE e.type = %(signup_attributed)s AND e.actor_id <> l.referrer_id
ORDER BY e.actor_id, e.at
"""
CREDITS = """
INSERT INTO loops_credit (referral_id, touch_id, model, basis_points)
SELECT id, touch_id, model, 10000
FROM loops_referral CROSS JOIN unnest(array['first', 'last', 'linear', 'position', 'decay']) model
"""
REWARDS = """
INSERT INTO loops_rewardentry (user_id, kind, cause, amount, "left", reason, key, loop, cost_cents, at, held_for)
SELECT 1 + n %% %(people)s, kind, 'grant', 5, 5, 'practice', 'b' || n,
  (array['', 'buddy_challenge', 'results_rally', 'proud_parent'])[1 + n %% 4],
  CASE WHEN kind = 'points' THEN 0 ELSE 20 END, now() - interval '60 days' * (1 - n::float / %(rewards)s), ''
FROM (SELECT n, (array['points', 'ai_tutor_minutes', 'streak_shield'])[1 + n %% 3] AS kind
      FROM generate_series(1, %(rewards)s) n) a
"""
AIM_MS, AIM_QUERIES = 100, 13
CHOICES = ("days=7", "days=30", "days=30&loop=buddy_challenge&persona=student", "days=30&cohort=latest")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=5_000_000)
    parser.add_argument("--looks", type=int, default=50)
    arguments = parser.parse_args()
    with own_database("bench_dashboards"):
        measure(arguments.events, arguments.looks)


def event_types() -> dict[str, str]:
    """The SQL parameters that name event types."""
    from loops.events import GuestStarted, InviteSent, LinkClicked, LoopExposed, PromptDismissed, SignupAttributed
    from viral_engine.accounts.events import AccountCreated
    from viral_engine.learning.events import FvmReached, PracticeCompleted, PracticeStarted

    growth = (InviteSent, LinkClicked, LoopExposed, PromptDismissed, SignupAttributed, GuestStarted, AccountCreated)
    return {event.type: event.type for event in (*growth, FvmReached, PracticeCompleted, PracticeStarted)}


def build(events: int) -> None:
    from django.db import connection

    sizes: dict[str, int | str] = {"events": events, "people": max(100, events // 50), "guests": events // 50 + 1}
    sizes |= {"decisions": events // 10, "rewards": events // 50, **event_types()}
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        for statement in (PEOPLE, CONSENTS, LINKS, GUESTS, TOUCHES, EVENTS, DECISIONS, REFERRALS, CREDITS, REWARDS):
            cursor.execute(statement, sizes)
        cursor.execute("SELECT setval(pg_get_serial_sequence('accounts_user', 'id'), %(people)s)", sizes)
        for table in ("accounts_user", "loops_link", "loops_touch", "accounts_guest", "kernel_loggedevent"):
            cursor.execute(f"VACUUM ANALYZE {table}")


def count() -> None:
    """Rebuild all rollups with the code of the periodic task, in larger batches."""
    from django.db import connection

    from monitoring.growth.services import rebuild
    from monitoring.models import GrowthCount, GrowthMember, GrowthReferee, GrowthReferrer
    from viral_engine.kernel.clock import now

    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
    started = perf_counter()
    rows = rebuild.rebuild(at=now())
    spent = perf_counter() - started
    print(f"counted {rows} rows in {spent:.0f} s: {rows / spent:.0f} a second")
    sizes = {
        model.__name__: model.objects.count() for model in (GrowthCount, GrowthReferrer, GrowthReferee, GrowthMember)
    }
    print(", ".join(f"{amount} {name}" for name, amount in sizes.items()))
    with connection.cursor() as cursor:
        for model in (GrowthCount, GrowthReferrer, GrowthReferee, GrowthMember):
            cursor.execute(f"VACUUM ANALYZE {model._meta.db_table}")


def ticks(number: int) -> list[float]:
    """Times of one run of the periodic task, each with 100 new events."""
    from monitoring.growth.services import rollup
    from viral_engine.kernel.clock import now
    from viral_engine.kernel.models import LoggedEvent
    from viral_engine.learning.events import PracticeCompleted

    def fresh(first: int) -> None:
        LoggedEvent.objects.bulk_create(
            LoggedEvent(type=PracticeCompleted.type, actor_id=first + n, at=now(), properties={}) for n in range(1, 101)
        )

    times = []
    for run in range(number):
        fresh(run * 100 % 100_000)
        times.append(timed(partial(rollup.count_events, at=now())))
    return times


def measure(events: int, looks: int) -> None:
    from django.db import connection

    built = timed(partial(build, events)) / 1000
    print(f"{events} events over 60 days, built in {built:.0f} s")
    count()

    def round_trip() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")

    baseline = [timed(round_trip) for _ in range(500)]
    report("baseline: SELECT 1", baseline, baseline=baseline)
    slowest, most = 0.0, 0
    for page in ("overview", "phase2", "k-factor", "attribution", "guardrails"):
        times, queries = look(page, looks)
        report(f"/dashboard/{page}/ ({queries} queries)", times, baseline=baseline)
        slowest, most = max(slowest, percentile(times, 0.95)), max(most, queries)
    report("one periodic run, 100 new events", ticks(20), baseline=baseline)
    print(
        f"slowest page p95 {slowest:.0f} ms, at most {most} queries; the aim is {AIM_MS} ms and {AIM_QUERIES} queries"
    )
    if most > AIM_QUERIES:  # only queries can fail the run, because times depend on the machine
        raise SystemExit(1)


def look(page: str, looks: int) -> tuple[list[float], int]:
    """Times and the largest number of queries of a page with an empty cache, through its view."""
    from django.core.cache import cache
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    from viral_engine.accounts.models import User

    staff, _ = User.objects.get_or_create(username="staff", defaults={"is_staff": True})
    client = Client(headers={"host": "127.0.0.1"})
    client.force_login(staff, backend="allauth.account.auth_backends.AuthenticationBackend")
    address, times, most = "/dashboard/" if page == "overview" else f"/dashboard/{page}/", [], 0

    def ask(choice: str) -> None:
        assert client.get(f"{address}?{choice}").status_code == 200  # noqa: S101

    ask(CHOICES[0])  # loads the templates
    for number in range(looks):
        choice = CHOICES[number % len(CHOICES)]
        cache.clear()
        times.append(timed(partial(ask, choice)))
        if number < len(CHOICES):
            cache.clear()
            with CaptureQueriesContext(connection) as captured:
                ask(choice)
            most = max(most, len(captured))
    return times, most


if __name__ == "__main__":
    main()

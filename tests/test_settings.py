"""Settings are read at start, so each case starts a process of its own."""

from pathlib import Path

from tests.production import FIT, ROOT, start


def test_the_embedded_default_and_a_fit_production_start() -> None:
    assert start().returncode == 0
    assert start(**FIT).returncode == 0


def test_staff_need_a_second_factor_in_production_and_wrong_networks_stop_the_start() -> None:
    asked = "import viral_engine.settings as s; raise SystemExit(s.STAFF_MFA_REQUIRED)"
    settings = [{}, FIT, FIT | {"STAFF_MFA_REQUIRED": "false"}]
    assert [start(code=asked, **one).returncode for one in settings] == [0, 1, 0]
    outcome = start(ADMIN_ALLOWED_NETWORKS="192.0.2.0/24,192.0.2.0/99")
    assert outcome.returncode == 1
    assert "ADMIN_ALLOWED_NETWORKS" in outcome.stderr


def test_simulated_peers_are_a_flag_that_production_overrules() -> None:
    asked = "import viral_engine.settings as s; raise SystemExit(s.SIMULATED_PEERS)"
    flags = [{}, {"FEATURE_SIMULATED_PEERS": "false"}, FIT | {"FEATURE_SIMULATED_PEERS": "true"}]
    assert [start(code=asked, **flag).returncode for flag in flags] == [1, 0, 0]


def test_each_job_of_redis_may_have_a_server_of_its_own() -> None:
    asked = (
        "import viral_engine.settings as s; print(s.CHANNEL_LAYERS['default']['CONFIG']['hosts'][0],"
        " s.CACHES['default']['LOCATION'], s.CACHES['sessions']['LOCATION'], s.CELERY_BROKER_URL)"
    )
    shared = {"REDIS_URL": "redis://a"}
    own = shared | {"REALTIME_REDIS_URL": "redis://b", "CACHE_REDIS_URL": "redis://c", "BROKER_REDIS_URL": "redis://d"}
    assert start(code=asked, **shared).stdout.split() == ["redis://a"] * 4
    assert start(code=asked, **own).stdout.split() == ["redis://b", "redis://c", "redis://c", "redis://d"]


def test_a_secret_may_come_from_a_file_and_a_missing_file_stops_the_start(tmp_path: Path) -> None:
    secret = tmp_path / "secret_key"
    secret.write_text(FIT["SECRET_KEY"] + "\n")
    asked = "import viral_engine.settings as s; print(s.SECRET_KEY)"
    environment = {name: value for name, value in FIT.items() if name != "SECRET_KEY"}
    environment["SECRET_KEY_FILE"] = str(secret)
    assert start(code=asked, **environment).stdout == FIT["SECRET_KEY"] + "\n"
    secret.unlink()
    outcome = start(code=asked, **environment)
    assert outcome.returncode == 1
    assert "SECRET_KEY_FILE cannot be read" in outcome.stderr


def test_no_secret_of_this_folder_gets_into_the_image() -> None:
    left_out = (ROOT / ".dockerignore").read_text().split()
    assert {".env", ".env.*", "*.key", "*.pem", "backups", ".git", "var"} <= set(left_out)

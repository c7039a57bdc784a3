"""Settings that would be unsafe stop the start, with the reason."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent


def load_settings(data_dir, expression="None", **environ):
    """Import the real settings in a fresh process, and print one expression of them."""
    return subprocess.run(
        [sys.executable, "-c", f"from config import settings; print({expression})"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "ACCORD_DATA_DIR": str(data_dir), **environ},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def value(data_dir, expression, **environ):
    finished = load_settings(data_dir, expression, **environ)
    assert finished.returncode == 0, finished.stderr
    return finished.stdout.strip()


@pytest.mark.parametrize(
    ("environ", "complaint"),
    [
        ({"ACCORD_SECRET_KEY": "short"}, "anyone could forge a session"),
        ({"ACCORD_SECRET_KEY": "django-insecure-" + "x" * 50}, "anyone could forge a session"),
        ({"ACCORD_DEBUG": "1", "ACCORD_URL": "https://a.example"}, "refused with a public address"),
        ({"ACCORD_DEBUG": "perhaps"}, "ACCORD_DEBUG='perhaps' is neither on (1) nor off (0)"),
        ({"ACCORD_URL": "accord.example"}, "names no host"),
        ({"PORT": "eighty"}, "PORT='eighty' is not a port between 0 and 65535"),
        ({"PORT": "70000"}, "PORT='70000' is not a port"),
        ({"ACCORD_WEB_THREADS": "0"}, "is not a whole number above 0"),
    ],
)
def test_unsafe_or_senseless_settings_are_refused(tmp_path, environ, complaint):
    finished = load_settings(tmp_path, **environ)
    assert finished.returncode != 0
    assert complaint in finished.stderr.splitlines()[-1]


def test_a_data_directory_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    finished = load_settings(tmp_path / "file" / "data")
    assert f"The data directory {tmp_path}/file/data cannot be made" in finished.stderr


def test_the_secret_key_is_drawn_once_for_each_installation_and_nobody_else_reads_it(tmp_path):
    first = value(tmp_path / "a", "settings.SECRET_KEY")
    assert value(tmp_path / "a", "settings.SECRET_KEY") == first
    assert value(tmp_path / "b", "settings.SECRET_KEY") != first
    assert len(first) >= 50
    assert (tmp_path / "a" / "secret_key").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o700


def test_by_default_only_this_machine_is_answered_and_nothing_is_debugged(tmp_path):
    assert value(tmp_path, "settings.DEBUG") == "False"
    assert value(tmp_path, "settings.ALLOWED_HOSTS") == "['127.0.0.1', 'localhost', '[::1]']"
    assert value(tmp_path, "settings.ACCORD_HOST") == "127.0.0.1"


def test_cookies_demand_https_where_the_address_has_it(tmp_path):
    names = "settings.SESSION_COOKIE_NAME, settings.SESSION_COOKIE_SECURE"
    assert value(tmp_path, names) == "accord False"
    assert value(tmp_path, names, ACCORD_URL="https://a.example") == "__Host-accord True"


def test_postgresql_and_redis_need_no_other_change(tmp_path):
    environ = {"DATABASE_URL": "postgres://u@h/d", "CELERY_BROKER_URL": "redis://h"}
    engine = "settings.DATABASES['default']['ENGINE'], settings.CELERY_BROKER_URL"
    assert value(tmp_path, engine, **environ) == "django.db.backends.postgresql redis://h"
    assert value(tmp_path, engine) == "config.sqlite files://localhost"


def test_the_deployment_check_finds_nothing(tmp_path):
    finished = subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        cwd=ROOT,
        env={"ACCORD_DATA_DIR": str(tmp_path), "ACCORD_URL": "https://accord.example"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr


def test_every_page_forbids_scripts_and_styles_from_elsewhere_and_inline(client, db):
    policy = client.get("/admin/login/").headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy

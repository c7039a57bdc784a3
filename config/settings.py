"""The one place that reads the environment.

Every variable is listed in `docs/production.md`. With none set, Accord keeps everything under
`./var`, on SQLite, and answers on this machine only.
"""

import os
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import dj_database_url
from csp.constants import NONCE, NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from config import broker, single_sign_on
from config.environment import (
    allowed_addresses,
    data_directory,
    encryption_keys,
    flag,
    make_private_directory,
    one_of,
    port_number,
    positive_number,
    project_files,
    secret_key,
    words,
)
from config.rest import REST_FRAMEWORK, SPECTACULAR_SETTINGS  # noqa: F401

BASE_DIR = project_files()
ACCORD_DATA_DIR = make_private_directory(data_directory(os.environ))
# The address people use, such as https://accord.example.org; it decides hosts and cookies.
ACCORD_URL = os.environ.get("ACCORD_URL", "").rstrip("/")
IS_HTTPS = ACCORD_URL.startswith("https://")
PUBLIC_HOSTS = [urlsplit(ACCORD_URL).hostname] if ACCORD_URL else []
PUBLIC_HOSTS += words(os.environ, "ACCORD_ALLOWED_HOSTS")

SECRET_KEY = secret_key(os.environ, ACCORD_DATA_DIR)
DEBUG = flag(os.environ, "ACCORD_DEBUG")
if DEBUG and PUBLIC_HOSTS:
    raise ImproperlyConfigured("ACCORD_DEBUG shows secrets: it is refused with a public address.")
if None in PUBLIC_HOSTS:
    raise ImproperlyConfigured(f"ACCORD_URL={ACCORD_URL!r} names no host.")
ALLOWED_HOSTS = ["127.0.0.1", "localhost", "[::1]", *PUBLIC_HOSTS]
CSRF_TRUSTED_ORIGINS = [ACCORD_URL] if ACCORD_URL else []

# --- What the supervisor starts --------------------------------------------------------------
N_CORES = os.cpu_count() or 1
ACCORD_HOST = os.environ.get("ACCORD_HOST", "127.0.0.1")  # 0.0.0.0 to answer other machines
ACCORD_PORT = port_number(os.environ, "PORT", 8000)
ACCORD_DEMO = flag(os.environ, "ACCORD_DEMO", default=True)

# --- What runs ------------------------------------------------------------------------------
INSTALLED_APPS = [
    "annotate",
    "training",
    "config.apps.AccordAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_htmx",
    "config.apps.AxesConfig",
    "csp",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "config.compression.CompressedPages",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "annotate.access.signing_in_again.SigningInAgainMiddleware",
    "config.second_factor_required.SecondFactorMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "axes.middleware.AxesMiddleware",
    "config.outage.OutageMiddleware",
]
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
            ],
        },
    },
]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": os.environ.get("ACCORD_LOG_LEVEL", "INFO")},
    "loggers": {"django.server": {"handlers": ["stderr"], "propagate": False}},
}

# --- Where things are kept ------------------------------------------------------------------
DATABASES = {
    "default": dj_database_url.parse(
        os.environ.get("DATABASE_URL") or f"sqlite:///{ACCORD_DATA_DIR / 'accord.sqlite3'}"
    )
}
IS_SQLITE = DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3"
if IS_SQLITE:
    DATABASES["default"]["ENGINE"] = "config.sqlite"
    DATABASES["default"]["CONN_MAX_AGE"] = None  # each web thread keeps its connection
    DATABASES["default"]["OPTIONS"] = {
        "timeout": 20,
        # Without IMMEDIATE, a read that turns into a write fails at once with "locked".
        "transaction_mode": "IMMEDIATE",
        # Without FULL, a power cut can lose judgements that were already acknowledged.
        "init_command": (
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;"
            "PRAGMA journal_size_limit=67108864;"
        ),
    }
else:
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
    DATABASES["default"]["OPTIONS"] = {
        # A process that freezes inside a transaction must not hold its locks for ever.
        "options": "-c idle_in_transaction_session_timeout=30000",
        **DATABASES["default"].get("OPTIONS", {}),
        "pool": {
            "min_size": 1,
            "max_size": positive_number(os.environ, "ACCORD_DATABASE_CONNECTIONS", 16),
            "timeout": 10,
        },
    }

# SQLite is served by one process, whose threads take turns to write.
ACCORD_WEB_PROCESSES = 1
if not IS_SQLITE:
    # More processes than cores, or many threads in each, take turns instead of working.
    ACCORD_WEB_PROCESSES = positive_number(
        os.environ, "ACCORD_WEB_PROCESSES", min(max(N_CORES, 2), 8)
    )
ACCORD_WEB_THREADS = positive_number(os.environ, "ACCORD_WEB_THREADS", 24 if IS_SQLITE else 4)

# Local base checkpoints may be read from these directories and no others.
ACCORD_CHECKPOINT_DIRS = [
    Path(directory).expanduser().resolve()
    for directory in os.environ.get("ACCORD_CHECKPOINT_DIRS", "").split(os.pathsep)
    if directory
] or [ACCORD_DATA_DIR / "base_checkpoints"]
# Runs on the same base and records share the reference's log-probs here; it keeps itself small.
ACCORD_REFERENCE_CACHE = ACCORD_DATA_DIR / "reference_cache"
# What runs found out about how a base is rightly called; it keeps itself small.
ACCORD_TRIAL_CACHE = ACCORD_DATA_DIR / "trial_cache"
# Where runs send their figures besides, unless they say something else: some of wandb, trackio and
# mlflow, with commas between. Their own variables are passed on to what trains.
ACCORD_REPORT_TO = os.environ.get("ACCORD_REPORT_TO", "none")
# An uploaded file stays for so many days after it was read.
ACCORD_IMPORT_DAYS = positive_number(os.environ, "ACCORD_IMPORT_DAYS", 30)
# Each call of an endpoint, and each answer that was asked for, is listed for so many days; then
# their sums alone are kept.
ACCORD_CALL_DAYS = positive_number(os.environ, "ACCORD_CALL_DAYS", 90)

# What was sent to people and to other programs is listed for so many days.
ACCORD_NOTICE_DAYS = positive_number(os.environ, "ACCORD_NOTICE_DAYS", 90)

# --- E-mail ---------------------------------------------------------------------------------
# Without a mail server none is sent, and the pages say so.
EMAIL_HOST = os.environ.get("ACCORD_MAIL_HOST", "").strip()
MAIL_SECURITY = one_of(os.environ, "ACCORD_MAIL_SECURITY", "starttls", "tls", "none")
EMAIL_USE_TLS, EMAIL_USE_SSL = MAIL_SECURITY == "starttls", MAIL_SECURITY == "tls"
EMAIL_PORT = port_number(
    os.environ, "ACCORD_MAIL_PORT", {"starttls": 587, "tls": 465, "none": 25}[MAIL_SECURITY]
)
EMAIL_HOST_USER = os.environ.get("ACCORD_MAIL_USER", "")
EMAIL_HOST_PASSWORD = os.environ.get("ACCORD_MAIL_PASSWORD", "")
EMAIL_TIMEOUT = 20  # seconds, for each step
DEFAULT_FROM_EMAIL = os.environ.get("ACCORD_MAIL_FROM", "").strip()
if EMAIL_HOST and "@" not in DEFAULT_FROM_EMAIL:
    raise ImproperlyConfigured(
        "ACCORD_MAIL_HOST names a mail server, and ACCORD_MAIL_FROM no sender: it must be an "
        "address, such as accord@example.org or Accord <accord@example.org>."
    )

# --- Calls to servers outside ---------------------------------------------------------------
# Public addresses may be called by https. Others are named here, each with its port:
# gpu.lan:8000,10.1.0.0/16:443
ACCORD_ENDPOINT_ALLOW = allowed_addresses(os.environ, "ACCORD_ENDPOINT_ALLOW")
# The same for what leads have told to addresses of theirs: another list, as they may type any.
ACCORD_WEBHOOK_ALLOW = allowed_addresses(os.environ, "ACCORD_WEBHOOK_ALLOW")
# Where data sets are found by their ids; empty: nowhere.
ACCORD_HUB_URL = os.environ.get("ACCORD_HUB_URL", "https://huggingface.co")
# Leads may keep endpoints of their own projects, with keys of their own.
ACCORD_LEADS_KEEP_ENDPOINTS = flag(os.environ, "ACCORD_LEADS_KEEP_ENDPOINTS")
# What encrypts the keys of endpoints, the newest first. Without any, a file in the data directory.
ACCORD_ENCRYPTION_KEYS = encryption_keys(os.environ, "ACCORD_ENCRYPTION_KEYS")


def _files(name: str) -> dict[str, Any]:
    return {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {
            "location": ACCORD_DATA_DIR / name,
            "file_permissions_mode": 0o600,
            "directory_permissions_mode": 0o700,
        },
    }


STORAGES = {
    "default": _files("files"),  # imports and exports
    "artifacts": _files("artifacts"),  # checkpoints and samples, named by digest
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
if bucket := os.environ.get("ACCORD_ARTIFACTS_BUCKET"):  # needs django-storages[s3]
    STORAGES["artifacts"] = {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {"bucket_name": bucket, "location": "artifacts"},
    }
STATIC_URL = "static/"
STATIC_ROOT = ACCORD_DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
FILE_UPLOAD_PERMISSIONS = 0o600

# --- Who comes in ---------------------------------------------------------------------------
AUTH_USER_MODEL = "annotate.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
# Leads and site admins give a code of an app besides their password, or set one up first.
ACCORD_REQUIRE_SECOND_FACTOR = flag(os.environ, "ACCORD_REQUIRE_SECOND_FACTOR")
# The organisation's own sign-in, by OIDC: docs/production.md says who may come in by it.
ACCORD_OIDC_ISSUER = single_sign_on.issuer(
    os.environ, "ACCORD_OIDC_ISSUER", "ACCORD_OIDC_CLIENT_ID"
)
ACCORD_OIDC_CLIENT_ID = os.environ.get("ACCORD_OIDC_CLIENT_ID", "").strip()
ACCORD_OIDC_CLIENT_SECRET = os.environ.get("ACCORD_OIDC_CLIENT_SECRET", "").strip()
ACCORD_OIDC_NAME = os.environ.get("ACCORD_OIDC_NAME", "").strip() or "SSO"  # on the button
ACCORD_OIDC_SCOPES = ["openid", "profile", "email", *words(os.environ, "ACCORD_OIDC_SCOPES")]
ACCORD_OIDC_DOMAINS = [name.lower() for name in words(os.environ, "ACCORD_OIDC_DOMAINS")]
ACCORD_OIDC_ROLES = single_sign_on.roles(os.environ, "ACCORD_OIDC_ROLES")
ACCORD_OIDC_IS_SECOND_FACTOR = flag(os.environ, "ACCORD_OIDC_IS_SECOND_FACTOR")
LOGIN_URL = "/sign-in/"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/sign-in/"
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_HTTP_RESPONSE_CODE = 429
AXES_LOCKOUT_TEMPLATE = "annotate/locked_out.html"
AXES_VERBOSE = False

# --- What the browser may do ----------------------------------------------------------------
# A cookie that demands https would lock people out of http://127.0.0.1, so it follows the address.
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = IS_HTTPS
SESSION_COOKIE_NAME = "__Host-accord" if IS_HTTPS else "accord"
CSRF_COOKIE_NAME = "__Host-accord-csrf" if IS_HTTPS else "accord-csrf"
SESSION_COOKIE_AGE = 12 * 60 * 60
CSRF_COOKIE_HTTPONLY = True  # htmx sends the token from the page, not from the cookie
SECURE_SSL_REDIRECT = IS_HTTPS
SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60 if IS_HTTPS else 0
# Subdomains are not this site's to decide about, so HSTS leaves them out.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if IS_HTTPS else None
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, NONCE],
        "style-src": [SELF],
        "img-src": [SELF],
        "font-src": [SELF],
        "connect-src": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "form-action": [SELF],
    }
}

# --- Languages ------------------------------------------------------------------------------
LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("zh-hans", _("Simplified Chinese"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = os.environ.get("ACCORD_TIME_ZONE", "UTC")
USE_TZ = True
FORMAT_MODULE_PATH = "config.date_formats"

# --- Task queue -----------------------------------------------------------------------------
CELERY_BROKER_URL = os.environ.get("CELERY_BROKER_URL") or f"{broker.SCHEME}://localhost"
if CELERY_BROKER_URL.startswith(f"{broker.SCHEME}:"):
    CELERY_BROKER_TRANSPORT_OPTIONS = broker.transport_options(ACCORD_DATA_DIR / "broker")
elif CELERY_BROKER_URL.startswith(("redis", "valkey")):
    # Redis hands a message out again when nobody has acknowledged it for this many seconds.
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "visibility_timeout": 43200,
        "unacked_restore_interval": 5,
        "unacked_restore_throttle": 1,
        "socket_connect_timeout": 3,  # a page must not wait for a broker that is away
    }
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_DEFAULT_QUEUE = "default"
# What may take minutes has a queue and a worker of its own: what takes a moment never waits for it.
CELERY_TASK_ROUTES = {
    "training.tasks.execute_run": {"queue": "training"},
    "training.tasks.prepare_demo": {"queue": "training"},
    "annotate.tasks.run_*": {"queue": "long"},  # imports, exports, answers, files of hubs
    "annotate.tasks.apply_rule_change": {"queue": "long"},
    "annotate.tasks.run_bulk_change": {"queue": "long"},
    "annotate.tasks.index_comparisons": {"queue": "long"},
    "annotate.tasks.refresh_agreement_of": {"queue": "long"},
    "annotate.tasks.compute_merged_report": {"queue": "long"},
    "training.tasks.run_registration": {"queue": "long"},
    "training.tasks.do_step": {"queue": "long"},
    "training.tasks.measure_facts": {"queue": "long"},
}
CELERY_TASK_IGNORE_RESULT = True  # the row holds the result
CELERY_TASK_ACKS_LATE = False  # a run may take days; its row brings it back, not the broker
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_SERIALIZER = CELERY_RESULT_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]  # never pickle, which runs what it is sent
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = False
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
# What the scheduler calls, and every how many seconds.
ACCORD_PERIODIC_TASKS = {
    "annotate.tasks.sweep_leases": 15,
    "annotate.tasks.redeliver": 15,
    "annotate.tasks.ring_for_deliveries": 15,
    "annotate.tasks.tell_what_is_new": 60,
    "annotate.tasks.look_at_rules": 300,
    "training.tasks.look_for_notices": 60,
    "training.tasks.reap_runs": 15,
    "training.tasks.look_at_schedules": 15,
    "training.tasks.ring_for_stale_facts": 60,
    "annotate.tasks.chain_audit_events": 60,
    "annotate.tasks.refresh_agreement": 30,
    "annotate.tasks.index_comparisons": 30,
    "annotate.tasks.ring_for_arenas": 10,
    "annotate.tasks.drop_old_import_files": 600,
    "annotate.tasks.forget_old_calls": 600,
    "annotate.tasks.forget_old_deliveries": 600,
    "training.tasks.collect_leftovers": 3600,
}

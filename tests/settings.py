"""The settings under test: the real ones, on a throw-away data directory."""

import atexit
import os
import shutil
import tempfile

if "ACCORD_DATA_DIR" not in os.environ:
    os.environ["ACCORD_DATA_DIR"] = tempfile.mkdtemp(prefix="accord-tests-")
    atexit.register(shutil.rmtree, os.environ["ACCORD_DATA_DIR"], ignore_errors=True)
os.environ.setdefault("ACCORD_TRIAL_CACHE", os.environ["ACCORD_DATA_DIR"] + "/trial_cache")

from config.settings import *  # noqa: F403
from config.settings import ACCORD_DATA_DIR, DATABASES, INSTALLED_APPS, IS_SQLITE, STORAGES

if IS_SQLITE:
    # A file, not memory: threads and other processes then meet the same locks as in real life.
    DATABASES["default"]["TEST"] = {"NAME": ACCORD_DATA_DIR / "tests.sqlite3"}
INSTALLED_APPS = [*INSTALLED_APPS, "tests.emptying"]
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
WHITENOISE_USE_FINDERS = True  # nothing is collected under test
WHITENOISE_AUTOREFRESH = True  # else each new client looks at every static file: 33 ms
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # quick

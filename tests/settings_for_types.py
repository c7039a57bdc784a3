"""The settings under which mypy's Django plugin loads the apps: nothing is written but a key.

mypy ends its process without the hooks that would sweep a temporary directory away, so the
data directory lies in its own cache.
"""

import os
from pathlib import Path

os.environ["ACCORD_DATA_DIR"] = str(Path.cwd() / ".mypy_cache" / "accord")

from config.settings import *  # noqa: F403

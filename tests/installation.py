"""Fresh environments that hold the wheel, beside packages that the test environment lends them.

Downloading torch for a test is out of the question, and the suite must pass without a network. So
a fresh environment finds the dependencies by a `.pth` file: all of the test environment's packages,
or links to a few of them. The checkout is in neither; whoever runs a program here does so in a
folder of its own and with no PYTHONPATH, so that only the wheel can be imported.
"""

import os
import subprocess
import sys
import sysconfig
from importlib import metadata
from pathlib import Path

NOT_PASSED_ON = ("ACCORD_", "PYTHON", "DJANGO_", "DATABASE_URL", "CELERY_BROKER_URL", "PORT")


class Installation:
    """A virtual environment with the wheel in it, and the folders that it may import besides."""

    def __init__(self, folder: Path, *, wheel: Path, lent: Path) -> None:
        self.programs = folder / "bin"
        self.environ = {
            name: text for name, text in os.environ.items() if not name.startswith(NOT_PASSED_ON)
        } | {"OMP_NUM_THREADS": "1", "PORT": "0", "ACCORD_DEMO": "0", "HF_HUB_OFFLINE": "1"}
        make = [sys.executable, "-m", "venv", "--without-pip", str(folder)]
        subprocess.run(make, check=True, timeout=120)
        python = self.programs / "python"
        install = [sys.executable, "-m", "pip", "--python", str(python), "install", "--no-index"]
        subprocess.run([*install, "--no-deps", "-qq", str(wheel)], check=True, timeout=300)
        self.packages = Path(self.print("import sysconfig; print(sysconfig.get_path('purelib'))"))
        (self.packages / "lent.pth").write_text(f"{lent}\n")

    def run(self, program: str, *arguments: object, cwd: Path | None = None):
        """Run one of its programs, in its own empty folder unless told otherwise."""
        return subprocess.run(
            [self.programs / program, *map(str, arguments)],
            cwd=cwd or self.programs,
            env=self.environ,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )

    def print(self, code: str) -> str:
        """What a few lines of Python print there."""
        finished = self.run("python", "-P", "-c", code)
        assert finished.returncode == 0, finished.stderr
        return finished.stdout.strip()


def everything() -> Path:
    """All that the test environment has."""
    return Path(sysconfig.get_path("purelib"))


def only(folder: Path, *names: str) -> Path:
    """A folder with links to these distributions, as installed in the test environment."""
    folder.mkdir()
    for name in names:
        distribution = metadata.distribution(name)
        parts = {file.parts[0] for file in distribution.files or []} - {"..", "__pycache__"}
        for part in parts:
            (folder / part).symlink_to(distribution.locate_file(part))
    return folder

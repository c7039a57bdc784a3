"""The peer's own virtual environment, made on first use."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
REQUIREMENTS = HERE / "requirements.txt"
HOME = HERE.parents[2] / "var" / "benchmarks" / "trl"


def peer_python() -> Path:
    """Its interpreter, once the pinned packages are installed."""
    python, stamp = HOME / "bin" / "python", HOME / "installed"
    pins = hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest()
    if stamp.is_file() and stamp.read_text() == pins:
        return python
    print(f"making the peer's environment in {HOME}: this takes minutes", file=sys.stderr)
    subprocess.run([sys.executable, "-m", "venv", "--clear", str(HOME)], check=True)
    subprocess.run(
        [str(python), "-m", "pip", "install", "-qq", "-r", str(REQUIREMENTS)], check=True
    )
    stamp.write_text(pins)
    return python

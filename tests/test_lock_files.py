"""`script/lock --check`: the pins and the ranges agree, and each way not to is told."""

import shutil
from pathlib import Path

import pytest

from script.lock_files import LOCKS, ROOT, disagreements, read_pins

NH3 = read_pins(ROOT / "requirements-web.txt")["nh3"]


@pytest.fixture
def copies(tmp_path) -> Path:
    for name in ("pyproject.toml", *LOCKS):
        shutil.copy(ROOT / name, tmp_path)
    return tmp_path


def change(file: Path, old: str, new: str) -> None:
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))


def test_the_pins_of_this_checkout_agree_with_its_ranges():
    assert list(disagreements(ROOT)) == []


def test_a_pin_outside_its_range_is_named(copies):
    change(copies / "pyproject.toml", '"nh3>=0.3,<1"', '"nh3>=99"')
    complaint = f"requirements-web.txt: nh3=={NH3} is not in the range >=99."
    assert complaint in list(disagreements(copies))


def test_a_dependency_without_a_pin_is_named(copies):
    change(copies / "pyproject.toml", '"nh3>=0.3,<1"', '"nh3>=0.3,<1", "unheard-of>=1"')
    assert "requirements.txt: unheard-of>=1 is not pinned." in list(disagreements(copies))


def test_a_pin_that_a_dependency_needs_cannot_be_left_out(copies):
    change(copies / "requirements-dev.txt", "iniconfig==", "# iniconfig==")
    (complaint,) = disagreements(copies)
    assert complaint.startswith("requirements-dev.txt: iniconfig")
    assert complaint.endswith(" is not pinned.")


def test_a_pin_to_which_nothing_leads_is_named(copies):
    change(copies / "pyproject.toml", '    "nh3>=0.3,<1",\n', "")
    assert "requirements.txt: nothing in pyproject.toml leads to nh3." in list(
        disagreements(copies)
    )


def test_a_file_that_differs_from_a_smaller_one_is_named(copies):
    change(copies / "requirements.txt", f"nh3=={NH3}", "nh3==0.0.1")
    assert f"requirements.txt: lacks nh3=={NH3}, which a smaller file pins." in list(
        disagreements(copies)
    )


def test_no_file_names_a_package_index():
    for name in ("pyproject.toml", *LOCKS):
        text = (ROOT / name).read_text()
        assert "://" not in text
        assert "--index" not in text

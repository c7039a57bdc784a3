"""Keys at rest: unreadable without the file, and replaced while everything runs."""

import stat
from concurrent.futures import ThreadPoolExecutor

import pytest
from cryptography.fernet import Fernet

from annotate.endpoints import encryption
from annotate.endpoints.encryption import Secret, SecretUnreadable, decrypt, encrypt


@pytest.fixture(autouse=True)
def own_directory(settings, tmp_path):
    settings.ACCORD_DATA_DIR = tmp_path
    settings.ACCORD_ENCRYPTION_KEYS = []
    return tmp_path


def test_what_is_stored_does_not_hold_the_key_and_comes_back(own_directory):
    stored = encrypt(Secret("canary"))
    assert "canary" not in stored
    assert decrypt(stored).reveal() == "canary"


def test_the_file_is_nobody_elses_to_read(own_directory):
    encrypt(Secret("canary"))
    file = own_directory / encryption.FILE_NAME
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [path.name for path in own_directory.iterdir()] == [encryption.FILE_NAME]


def test_a_key_is_replaced_while_a_reader_goes_on(own_directory):
    before = encrypt(Secret("canary"))
    encryption.add_key()
    assert decrypt(before).reveal() == "canary"
    after = encryption.encrypt_again(before)
    assert encryption.drop_older_keys() == 1
    assert decrypt(after).reveal() == "canary"
    with pytest.raises(SecretUnreadable):
        decrypt(before)


def test_one_process_at_a_time_changes_the_keys(own_directory):
    def change():
        with encryption.alone():
            return True

    with ThreadPoolExecutor(1) as another:
        with encryption.alone():
            changed = another.submit(change)
            with pytest.raises(TimeoutError):
                changed.result(0.2)
        assert changed.result(5)


def test_keys_of_the_environment_go_before_the_file(own_directory, settings):
    older, newer = Fernet.generate_key().decode(), Fernet.generate_key().decode()
    settings.ACCORD_ENCRYPTION_KEYS = [older]
    stored = encrypt(Secret("canary"))
    settings.ACCORD_ENCRYPTION_KEYS = [newer, older]
    assert decrypt(stored).reveal() == "canary"
    assert not (own_directory / encryption.FILE_NAME).exists()


def test_a_secret_shows_itself_nowhere():
    secret = Secret("canary")
    assert "canary" not in f"{secret} {secret!r} {[secret]} {vars(encryption)}"
    assert secret.hidden_in("key canary is wrong") == "key … is wrong"

import pytest

from tests.bells import listen
from tests.mail_server import mail_server


@pytest.fixture(autouse=True)
def heard(monkeypatch):
    """The bells of the outbox go nowhere: tests send by hand."""
    return listen(monkeypatch, "annotate.tasks.send_deliveries")


@pytest.fixture
def post(settings):
    """A mail server of this machine, named as an operator would."""
    with mail_server() as served:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", served.port
        settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
        settings.DEFAULT_FROM_EMAIL = "Accord <accord@example.org>"
        yield served

"""Links in what leaves the house: they lead to the address that the operator names."""

from urllib.parse import urljoin

from django.conf import settings


def absolute_url(path: str) -> str:
    """The whole address of a page. What a request says of its host is nobody's to believe here."""
    base = settings.ACCORD_URL or f"http://localhost:{settings.ACCORD_PORT}"
    return urljoin(f"{base}/", path.lstrip("/"))

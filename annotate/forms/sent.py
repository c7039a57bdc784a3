"""What a form was sent with."""

from django.http import HttpRequest, QueryDict


def sent(request: HttpRequest) -> QueryDict | None:
    """All that was posted, were it nothing, so that an empty form is refused field by field.

    None where the page is only looked at.
    """
    return request.POST if request.method == "POST" else None

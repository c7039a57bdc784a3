"""What a button does, and a service's refusal of it, told above the next page."""

from collections.abc import Callable

from django.contrib import messages

from annotate.access.signed_in import SignedInRequest
from annotate.errors import AccordError


def carry_out(request: SignedInRequest, act: Callable[[], object], *, said: str) -> None:
    """Do it, and tell the person that it was done, or why not."""
    try:
        act()
    except AccordError as error:
        messages.error(request, str(error.message))
    else:
        messages.success(request, said)

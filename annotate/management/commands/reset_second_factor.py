from typing import Any

from django.core.management.base import CommandParser

from annotate.management.base import AccordCommand, user_by_name
from annotate.signing_in.second_factor import reset_second_factor


class Command(AccordCommand):
    help = (
        "Take somebody's second factor away who has lost it: their password alone lets them in, "
        "and where the site asks for one, to setting up another."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username")
        super().add_arguments(parser)

    def run(self, *, username: str, **_options: Any) -> tuple[str, dict[str, Any]]:
        was_there = reset_second_factor(user=user_by_name(username))
        sentence = (
            f"{username} signs in with the password alone now."
            if was_there
            else f"{username} has no second factor."
        )
        return sentence, {"username": username, "was_there": was_there}

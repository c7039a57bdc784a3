import getpass
import secrets
import sys
from typing import Any

from django.core.management.base import CommandError, CommandParser

from annotate.management.base import AccordCommand
from annotate.people.members import create_user

PASSWORD_BYTES = 12


class Command(AccordCommand):
    help = "Create somebody who can sign in: asks for a password, or prints a random one."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("username")
        parser.add_argument("--email", default="")
        parser.add_argument("--language", default="", help="such as zh-hans")
        parser.add_argument("--admin", action="store_true", help="a site admin may do everything")
        parser.add_argument(
            "--random", action="store_true", help="print a random password, even on a terminal"
        )

    def run(self, *, username: str, **options: Any) -> tuple[str, dict[str, Any]]:
        is_random = options["random"] or not sys.stdin.isatty()
        password = secrets.token_urlsafe(PASSWORD_BYTES) if is_random else _asked_password()
        user = create_user(
            username=username,
            password=password,
            email=options["email"],
            language=options["language"],
            is_site_admin=options["admin"],
        )
        facts = {"username": user.username, "is_site_admin": user.is_site_admin}
        sentence = f"{user.username} can sign in now."
        if is_random:
            facts["password"] = password
            sentence += f" Password: {password}"
        return sentence, facts


def _asked_password() -> str:
    password = getpass.getpass("Password: ")
    if getpass.getpass("Once more: ") != password:
        raise CommandError("The two passwords differ.")
    return password

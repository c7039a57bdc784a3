from typing import Any

from django.core.management.base import CommandError, CommandParser

from annotate.management.base import AccordCommand, user_by_name
from annotate.people.erasure import erase_person


class Command(AccordCommand):
    help = "Delete a user and what they wrote; their verdicts stay under a pseudonym."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("username")
        parser.add_argument(
            "--withdraw-judgements",
            action="store_true",
            help="withdraw their verdicts too, and supersede the preferences made from them",
        )
        parser.add_argument("--yes", action="store_true", help="do not ask")

    def run(
        self, *, username: str, withdraw_judgements: bool, yes: bool, **options: Any
    ) -> tuple[str, dict[str, Any]]:
        user = user_by_name(username)
        if not yes and input(f"Erase {username} for good? Type the name again: ") != username:
            raise CommandError("Nothing was erased.")
        with self.progress(lambda: f"erasing {username}"):
            erased = erase_person(user=user, withdraw_judgements=withdraw_judgements)
        facts = {
            "pseudonym": erased.pseudonym,
            "n_withdrawn": erased.n_withdrawn,
            "n_exports_removed": erased.n_exports_removed,
        }
        return (
            f"{username} is erased. {erased.n_withdrawn} judgements were withdrawn; "
            f"the rest stay under {erased.pseudonym}.",
            facts,
        )

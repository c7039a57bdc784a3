from dataclasses import asdict
from typing import Any

from django.core.management.base import CommandError

from annotate.access.audit import chain_events, verify_chain
from annotate.management.base import AccordCommand


class Command(AccordCommand):
    help = "Check that no audit event was changed or removed since it was chained."

    def run(self, **options: Any) -> tuple[str, dict[str, Any]]:
        chain_events()
        report = verify_chain()
        if report.broken_at is not None:
            raise CommandError(f"Event {report.broken_at} is not as it was: {report.reason}.")
        return (
            f"{report.n_chained} events, unbroken. Head: {report.head or 'none'}",
            asdict(report),
        )

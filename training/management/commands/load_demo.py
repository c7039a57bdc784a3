"""Load the demonstration: projects at once, training in the worker."""

from typing import Any

from django.core.management.base import BaseCommand

from annotate.demo import load_demo_projects
from training.demo import preparing


class Command(BaseCommand):
    help = "Load the demonstration projects, and have the training worker train on them."

    def handle(self, *args: Any, **options: Any) -> None:
        load_demo_projects(say=self.stdout.write)
        preparing.send()

"""The command `accord`: `accord server` starts everything, `accord manage …` does single acts."""

import argparse
import os
import sys

OWN = {"alignment_core", "annotate", "training", "config"}
EXIT_NOT_INSTALLED = 2


def main(arguments: list[str] | None = None) -> int:
    """Run one command and return its exit code."""
    given = sys.argv[1:] if arguments is None else arguments
    if given[:1] != ["manage"]:  # what follows `manage` is Django's to read
        build_parser().parse_args(given)
    try:
        manage(given[1:]) if given[0] == "manage" else serve()
    except ModuleNotFoundError as missing:
        package = str(missing.name).partition(".")[0]
        if package in OWN:
            raise
        sys.stderr.write(
            f'{package} is not installed: pip install "accord-align[all]" brings all of Accord, '
            'pip install "accord-align[web]" what a machine needs that trains nothing.\n'
        )
        return EXIT_NOT_INSTALLED
    return 0


def build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="accord", description="Run Accord on this machine.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    commands.add_parser("server", help="start all of it; Ctrl-C stops it")
    commands.add_parser("manage", help="one administrative act; `accord manage help` lists them")
    return parser


def manage(arguments: list[str]) -> None:
    from django.core.management import execute_from_command_line

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    execute_from_command_line(["accord manage", *arguments])


def serve() -> None:
    from config.supervisor import main as supervise

    supervise()

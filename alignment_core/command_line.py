"""Arguments of `python -m alignment_core`; light, so that help comes at once."""

from __future__ import annotations

import argparse
import difflib
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NoReturn

from alignment_core.config_file import flags_of_file
from alignment_core.configs import METHODS, Method
from alignment_core.configs.evaluation import EvaluateConfig
from alignment_core.configs.options import Option, options_of
from alignment_core.errors import Refused
from alignment_core.reporting import LANGUAGES
from alignment_core.tasks.new_runs import write_evaluate_run, write_train_run

TASKS = {
    "train": "Train as RUN_DIR/config.json says.",
    "sample": "Sample prompts as RUN_DIR/config.json says.",
    "evaluate": "Evaluate a checkpoint as RUN_DIR/config.json says, or as flags say.",
}
EVALUATED_MODELS = {
    "checkpoint": "the policy or reward model to evaluate",
    "reference": "the policy it started from, for log-ratios and KL",
    "reward_model": "the reward model that scores samples and judges",
    "against": "the policy to compare with, by --reward-model",
}

# What other trainers call some of the flags here.
NAMES_ELSEWHERE = {
    "lr": "learning-rate",
    "wd": "weight-decay",
    "model-name-or-path": "model",
    "dataset-name": "data",
    "output-dir": "output",
    "num-train-epochs": "epochs",
    "per-device-train-batch-size": "batch-size",
    "max-seq-length": "max-length",
    "resume-from-checkpoint": "resume",
}


class _Parser(argparse.ArgumentParser):
    """Refuses like everything else here: one JSON line, exit code 2; no flag is guessed."""

    def __init__(self, **options: Any) -> None:
        super().__init__(allow_abbrev=False, **options)

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """As `argparse`, but the command itself says which of its flags may be meant.

        What `--config` names is read as if it stood before what was typed, which so overrides it.
        """
        args = list(sys.argv[1:] if args is None else args)
        if "--config" in self._option_string_actions:
            args = [*self._configured(args), *args]
        parsed, unknown = super().parse_known_args(args, namespace)
        if unknown:
            self._refuse(unknown[0])
        return parsed, unknown

    def _configured(self, args: Sequence[str]) -> list[str]:
        """The flags of the file that the arguments name."""
        before = ["", *args]
        named = [text for flag, text in zip(before, args, strict=False) if flag == "--config"]
        named += [text.partition("=")[2] for text in args if text.startswith("--config=")]
        if not named:
            return []
        actions = self._option_string_actions
        return flags_of_file(
            Path(named[-1]),
            flags={flag: _kind_of(action) for flag, action in actions.items()},
            suggest=lambda flag: likely_flags(flag, list(actions)),
        )

    def error(self, message: str) -> Any:
        raise Refused(f"{message}; {self.prog} --help says more", field="arguments")

    def _refuse(self, given: str) -> NoReturn:
        flag = given.partition("=")[0]
        meant = " or ".join(likely_flags(flag, list(self._option_string_actions)))
        ask = f"; did you mean {meant}?" if meant else f"; {self.prog} --help lists what there is"
        raise Refused(f"{flag} is not known here{ask}", field="arguments", value=given)


def _kind_of(action: argparse.Action) -> type | None:
    if action.nargs == 0:
        return bool
    return list if action.metavar == "JSON" else None


def _add_config(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--config",
        type=given_path,
        help="YAML or JSON file with any of these flags by name, such as learning_rate: 5e-7; "
        "flags that are typed override it",
    )


def likely_flags(flag: str, flags: Sequence[str]) -> list[str]:
    """Up to three flags that a wrong one may stand for: by its name elsewhere, or its spelling."""
    wanted = flag.lstrip("-").replace("_", "-").lower()
    names = [name.removeprefix("--") for name in flags if name.startswith("--")]
    elsewhere = [name for name in names if name == NAMES_ELSEWHERE.get(wanted)]
    by_beginning = [name for name in names if wanted and name.startswith(wanted)]
    alike = difflib.get_close_matches(wanted, names, n=3)
    within = [name for name in names if f"-{name}-" in f"-{wanted}-"]
    found = dict.fromkeys([*elsewhere, *by_beginning, *alike, *within])
    return [f"--{name}" for name in found][:3]


def given_path(text: str) -> Path:
    """A path that is not empty, as an unset variable of the shell would leave it."""
    if not text.strip() or "\0" in text:
        raise argparse.ArgumentTypeError("a path is needed, and nothing was given")
    return Path(text)


def build_parser(*more: Callable[[Any], None]) -> argparse.ArgumentParser:
    """The whole command line.

    Args:
        more: each adds commands of its own.
    """
    parser = _Parser(
        prog="python -m alignment_core",
        description="Align language models to human preferences.",
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for task, description in TASKS.items():
        command = commands.add_parser(task, help=description, description=description)
        if task == "evaluate":
            _add_evaluate(command)
        else:
            command.add_argument("run_dir", type=given_path, metavar="RUN_DIR")
    for method in METHODS.values():
        _add_method(commands, method)
    _add_tiny(commands)
    for add in more:
        add(commands)
    return parser


def write_method_config(arguments: argparse.Namespace) -> Path:
    """Turn a method's flags into a run directory and return it.

    Raises: Refused if the directory holds another run already.
    """
    return write_train_run(
        arguments.command,
        model=arguments.model,
        data=arguments.data,
        output=arguments.output,
        eval_data=arguments.eval_data,
        resume=arguments.resume,
        reference_cache=getattr(arguments, "reference_cache", None),
        settings=_given(arguments, METHODS[arguments.command].config),
        to_resume="add --resume",
    )


def write_evaluate_config(arguments: argparse.Namespace) -> Path:
    """Turn the flags of `evaluate` into a run directory and return it.

    Raises: Refused if a flag is missing, or the directory holds another run already.
    """
    for name in ("checkpoint", "data", "output"):
        if getattr(arguments, name) is None:
            raise Refused(f"give RUN_DIR, or --{name} with the other flags", field="arguments")
    return write_evaluate_run(
        models={name: getattr(arguments, name) for name in EVALUATED_MODELS},
        data=arguments.data,
        output=arguments.output,
        safety_prompts=arguments.safety_prompts,
        language=arguments.language,
        settings=_given(arguments, EvaluateConfig),
    )


def _given(arguments: argparse.Namespace, config_class: type) -> dict[str, Any]:
    return {entry.name: getattr(arguments, entry.name) for entry in options_of(config_class)}


def parse(
    arguments: Sequence[str] | None = None, *more: Callable[[Any], None]
) -> argparse.Namespace:
    """Read the command line, with commands that are added by others. Raises: Refused."""
    parsed = build_parser(*more).parse_args(arguments)
    if parsed.command == "evaluate" and parsed.run_dir is not None:
        _refuse_flags(parsed)
    return parsed


def _refuse_flags(arguments: argparse.Namespace) -> None:
    """Refuse flags beside RUN_DIR, whose config.json would silently win over them."""
    defaults = {entry.name: entry.default for entry in options_of(EvaluateConfig)}
    for name, value in vars(arguments).items():
        if name not in ("command", "run_dir") and value != defaults.get(name):
            flag = "--" + name.replace("_", "-")
            raise Refused(f"give RUN_DIR or flags, not both: {flag}", field="arguments")


def _add_evaluate(command: argparse.ArgumentParser) -> None:
    command.add_argument("run_dir", type=given_path, metavar="RUN_DIR", nargs="?")
    _add_config(command)
    for name, meaning in EVALUATED_MODELS.items():
        flag = "--" + name.replace("_", "-")
        command.add_argument(flag, help=f"directory of {meaning}, or a hub id")
    command.add_argument("--data", type=given_path, help="held-out preference records, JSON Lines")
    command.add_argument(
        "--safety-prompts", type=given_path, help="prompts to use instead of those that ship"
    )
    command.add_argument(
        "--output", type=given_path, help="directory for report.html and the figures"
    )
    command.add_argument("--language", choices=LANGUAGES, help="of report.html; en if not given")
    add_options(command, EvaluateConfig)


def _add_method(commands: Any, method: Method) -> None:
    description = (method.config.__doc__ or "").strip()
    command = commands.add_parser(method.name, help=description, description=description)
    command.add_argument(
        "--model", required=True, help="directory of the start checkpoint, or a hub id"
    )
    command.add_argument(
        "--data", required=True, type=given_path, help="preference records, JSON Lines"
    )
    command.add_argument("--eval-data", type=given_path, help="held-out preference records")
    command.add_argument("--output", required=True, type=given_path, help="directory of the run")
    command.add_argument(
        "--resume", action="store_true", help="go on from the newest checkpoint in --output"
    )
    _add_config(command)
    if method.stores_reference:
        command.add_argument(
            "--reference-cache",
            type=given_path,
            help="directory where runs share the reference's log-probs, so that another beta or "
            "another loss on the same base and records does not compute them again",
        )
    add_options(command, method.config)


def add_options(
    command: argparse.ArgumentParser, config_class: type, *, but: Sequence[str] = ()
) -> None:
    """Add a flag for each field of a config, but for some."""
    for entry in options_of(config_class):
        if entry.name not in but:
            _add_option(command, entry)


def _add_option(command: argparse.ArgumentParser, entry: Option) -> None:
    limits = f" [{entry.range_text}]" if entry.range_text else ""
    text = f"{entry.help}{limits} Default: {entry.default_text} ({entry.source})."
    flag = "--" + entry.name.replace("_", "-")
    text = text.replace("%", "%%")
    if entry.type is bool:
        command.add_argument(
            flag, action=argparse.BooleanOptionalAction, default=entry.default, help=text
        )
        return
    # A structured value comes as JSON text, which the config itself parses and refuses by name.
    kind, metavar = (str, "JSON") if entry.parse else (entry.type, entry.type.__name__.upper())
    command.add_argument(flag, type=kind, default=entry.default, metavar=metavar, help=text)


def _add_tiny(commands: Any) -> None:
    description = "Make a small random Llama with a tokenizer trained on text, to try things with."
    command = commands.add_parser("make_tiny_checkpoint", help=description, description=description)
    command.add_argument(
        "--data",
        required=True,
        type=given_path,
        help="preference records, or plain text, to learn from",
    )
    command.add_argument("--output", required=True, type=given_path, help="directory to write")
    sizes = {
        "vocab-size": (4096, "entries of the vocabulary"),
        "hidden-size": (128, "width"),
        "n-layers": (4, "layers"),
        "n-heads": (4, "attention heads"),
        "context": (2048, "longest sequence in tokens"),
        "seed": (0, "of the random weights"),
    }
    for name, (default, meaning) in sizes.items():
        command.add_argument(
            f"--{name}", type=int, default=default, help=f"{meaning}; default {default}"
        )

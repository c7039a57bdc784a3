"""The train task: from config.json to final/ and summary.json."""

from __future__ import annotations

import pkgutil
from pathlib import Path
from typing import Any

import torch

from alignment_core.configs import METHODS, TrainingConfig, settings_of
from alignment_core.configs.rollouts import RolloutConfig
from alignment_core.data.template_date import KEPT_AS as TEMPLATE_DATE
from alignment_core.evaluation import held_out_summary
from alignment_core.evaluation.preflight import preflight_report
from alignment_core.forward.hidden_states import output_head
from alignment_core.machine.kept_blocks import release
from alignment_core.models.loading import (
    check_fits,
    embedded_ids,
    load_config,
    load_tokenizer,
    resolve_base,
)
from alignment_core.models.weights import final_dtype
from alignment_core.processes import ranks
from alignment_core.processes.launcher import is_member
from alignment_core.processes.stopping import Stopper
from alignment_core.runs.checkpoints import (
    METRICS,
    PLAN,
    check_same_run,
    read_state,
    restore_optimizer,
    save_checkpoint,
)
from alignment_core.runs.model_card import model_card
from alignment_core.runs.plan import (
    choose_device,
    data_plan,
    machine_plan,
    make_deterministic,
    rollout_plan,
)
from alignment_core.runs.run_directory import RunDirectory
from alignment_core.runs.trackers import require_trackers, tracked
from alignment_core.sampling.ends import name_ends
from alignment_core.tasks.first_steps import settle_dtype
from alignment_core.tasks.read_back import finish_tokenizer, rows_to_compare, write_checked
from alignment_core.tasks.records_of_run import encoder_of_run, records_of_run
from alignment_core.tasks.requests import TrainRequest
from alignment_core.tasks.resuming import (
    FREE_ON_RESUME,
    check_same_machine,
    checked_base,
    saved_plan,
    state_at_start,
)
from alignment_core.tasks.side_by_side import sampled_side_by_side
from alignment_core.tasks.stages import Loaded, Prepared, Started
from alignment_core.tasks.summary import run_summary
from alignment_core.trainers.loop import run_loop
from alignment_core.trainers.memory import memory_plan
from alignment_core.trainers.objective import (
    Objective,
    TrainingContext,
    WritesBeside,
    companions_of,
    trained_modules,
)
from alignment_core.trainers.optimizer import make_optimizer
from alignment_core.trainers.ways import Ways


class TrainTask:
    """One training run: each stage takes what the one before it gives."""

    def __init__(self, request: TrainRequest, directory: RunDirectory, stopper: Stopper) -> None:
        self.request = request
        self.config: TrainingConfig = request.config
        self.directory = directory
        self.stopper = stopper

    def run(self) -> None:
        """Everything. Raises: Refused, Stopped, TrainingFailed."""
        trackers = require_trackers(self.config.trackers)
        loaded = self.load(self.prepare(self.start_or_resume()))
        objective, context = loaded.objective, loaded.context
        plan = self.choose_plan(loaded)
        optimizer = make_optimizer(objective, self.config)
        if self.request.resume is not None:
            restore_optimizer(
                self.request.resume, modules=trained_modules(objective), optimizer=optimizer
            )
        self.directory.accept()
        shown_by = trackers if ranks.is_main() else {}
        with tracked(self.directory, shown_by, settings_of(self.config)):
            result = run_loop(
                objective,
                config=self.config,
                data=context.loop_data(objective.curriculum()),
                optimizer=optimizer,
                state=loaded.state,
                directory=self.directory,
                stopper=self.stopper,
                save=lambda: self.save(loaded, plan, optimizer),
            )
        release()  # the blocks kept for training are of no use to what is measured and written now
        self.finish(loaded, plan, held_out_summary(result, context.held_out))

    def start_or_resume(self) -> Started:
        """Begin at the checkpoint, where one is given, and cut the metrics back to it."""
        request, directory = self.request, self.directory
        base = resolve_base(request.base)
        state = state_at_start(request)
        if request.resume is not None:
            saved = read_state(request.resume)
            check_same_run(saved, state, ignored=FREE_ON_RESUME)
            saved.settings, saved.held_out_digest = state.settings, state.held_out_digest
            state = saved
            directory.seconds.update(saved.seconds)
        directory.begin(None if request.resume is None else request.resume / METRICS)
        directory.read_metrics()  # refused now, if at all
        return Started(base=base, state=state)

    def prepare(self, started: Started) -> Prepared:
        """Choose the device, read and encode the records, and report on them."""
        with self.directory.phase("prepare"):
            device, machine = self._device()
            tokenizer, has_our_template = load_tokenizer(started.base)
            model_config = load_config(started.base)
            check_fits(model_config, max_length=self.config.max_length)
            encoder = encoder_of_run(
                self.request, tokenizer, self.directory, n_embeddings=embedded_ids(model_config)
            )
            train, held_out = records_of_run(self.request, encoder)
            report = preflight_report(train, held_out, encoder)
            report["chat_template"] = "ours" if has_our_template else "the base's own"
            self.directory.write_json("preflight.json", report)
        self._log_prepared(len(train))
        self.stopper.check()
        context: TrainingContext[Any] = TrainingContext(
            config=self.config,
            device=device,
            directory=self.directory,
            stopper=self.stopper,
            tokenizer=tokenizer,
            encoder=encoder,
            base=started.base,
            resume=self.request.resume,
            train=train,
            held_out=held_out,
            day=encoder.day,
            ways=self._ways(),
            reference_cache=self.request.reference_cache,
        )
        return Prepared(started=started, context=context, machine=machine)

    def load(self, prepared: Prepared) -> Loaded:
        """Load what is trained and, for a method with a reference, its log-probs."""
        method = pkgutil.resolve_name(METHODS[self.request.method].objective)
        with self.directory.phase("load"):
            base = checked_base(self.request, prepared.started.base)
            prepared.context.made_of = base["digest"]
            settle_dtype(prepared, method, saved=self._saved())
            self.config = prepared.context.config
            objective: Objective = method(prepared.context)
            objective.prepare()
        return Loaded(prepared=prepared, objective=objective, base=base)

    def choose_plan(self, loaded: Loaded) -> dict[str, Any]:
        """Write down how the machine is used; on resume, use it the same way."""
        context, machine = loaded.context, loaded.prepared.machine
        if isinstance(self.config, RolloutConfig):
            plan = machine | rollout_plan(self.config, len(context.train))
        else:
            plan = machine | data_plan(
                self.config, context.train.examples, is_packed=context.is_packed
            )
        if output_head(loaded.objective.module) is not None:
            context.reading(loaded.objective.module)
        plan |= context.ways.for_plan()
        plan["base"] = loaded.base
        plan[TEMPLATE_DATE] = context.day.isoformat()
        if context.reference_plan:
            plan["reference"] = context.reference_plan
        plan["memory"] = memory_plan(loaded.objective)
        self.directory.write_json(PLAN, plan)
        loaded.state.total_steps = plan["total_steps"]
        return plan

    def save(
        self,
        loaded: Loaded,
        plan: dict[str, Any],
        optimizer: torch.optim.Optimizer,
    ) -> None:
        """Save a checkpoint that training can go on from, on this machine or another."""
        objective, state = loaded.objective, loaded.state
        state.seconds = dict(self.directory.seconds)
        save_checkpoint(
            self.directory.checkpoints,
            module=objective.module,
            companions={name: one.module for name, one in companions_of(objective).items()},
            tokenizer=loaded.context.tokenizer,
            optimizer=optimizer,
            state=state,
            plan=plan,
            metrics=self.directory.metrics,
            extra=objective.checkpoint_tensors(),
            keep=self.config.keep_checkpoints,
        )

    def finish(
        self,
        loaded: Loaded,
        plan: dict[str, Any],
        measured: dict[str, Any],
    ) -> None:
        """Write final/, then summary.json: a run that has one is done."""
        objective, context, state = loaded.objective, loaded.context, loaded.state
        with self.directory.phase("sample"):
            samples = objective.scored_pairs()
            if samples is None:
                samples = sampled_side_by_side(objective.module, context)
        card = model_card(
            method=self.request.method,
            settings=state.settings,
            base=self.request.base,
            base_digest=loaded.base["digest"],
            data_digest=state.data_digest,
            lineage=self.request.lineage,
            evaluation=measured["evaluation"],
            baselines=measured["baselines"],
            versions=plan["versions"],
        )

        name_ends(objective.module, context.encoder)

        def write(directory: Path) -> None:
            write_checked(
                objective.module,
                directory,
                rows=rows_to_compare(context.train.examples),
                config=self.config,
                choice=context.ways.choices.get(type(objective.module).__name__),
                dtype=final_dtype(self.config.final_dtype, context.base),
                pad_token_id=context.tokenizer.pad_token_id,
            )
            if isinstance(objective, WritesBeside):
                objective.write_beside(directory)
            context.tokenizer.save_pretrained(directory)
            finish_tokenizer(context.tokenizer, directory)
            (directory / "README.md").write_text(card, encoding="utf-8")

        with self.directory.phase("save"):
            self.directory.save_final(write)
        summary = run_summary(
            state,
            self.directory,
            n_records=len(context.train),
            measured=measured,
            samples=samples,
            base_digest=loaded.base["digest"],
        )
        self.directory.write_json("summary.json", summary)

    def _device(self) -> tuple[torch.device, dict[str, Any]]:
        """The device, and how the machine is used; as in the plan that is gone on with."""
        device = choose_device(self.config.device)
        if is_member():
            device = ranks.join(device.type)
            self.stopper.agree_by(ranks.any_over_ranks)
        saved = self._saved()
        machine = machine_plan(self.config, device, saved)
        if saved:
            check_same_machine(saved, machine)
            torch.set_num_threads(saved["threads"])
            machine["threads"] = saved["threads"]
        make_deterministic(device)
        return device, machine

    def _ways(self) -> Ways:
        """How models are called and sampled; as in the plan that is gone on with."""
        return Ways.of_plan(self.config, self._saved())

    def _saved(self) -> dict[str, Any]:
        """The plan that is gone on with; empty for a new run."""
        resume = self.request.resume
        return {} if resume is None else saved_plan(resume)

    def _log_prepared(self, n_records: int) -> None:
        if self.request.resume is None:
            self.directory.log("prepare", step=n_records, total_steps=n_records)

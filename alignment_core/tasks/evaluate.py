"""The evaluate task: figures, one JSON file and one page about a checkpoint.

Models are loaded one after another and asked everything that the figures need of them, so that at
most one is in memory: the checkpoint, its reference, the policy it is compared with, and the reward
model that scores and judges.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import torch

from alignment_core.data.left_out import shown
from alignment_core.data.preparation import PreparedRecords
from alignment_core.data.tokenization import TokenizedExample
from alignment_core.evaluation import HeldOutResult, held_out_summary
from alignment_core.evaluation.by_prompt import (
    answers_by_prompt,
    lengths_by_prompt,
    rewards_by_prompt,
)
from alignment_core.evaluation.figures import FloatArray
from alignment_core.evaluation.heads import heads_section
from alignment_core.evaluation.metrics import undefined
from alignment_core.evaluation.model_scores import RewardJudge
from alignment_core.evaluation.safety import safety_report, signs_by_prompt
from alignment_core.evaluation.sections import (
    NO_REWARD_MODEL,
    Sampled,
    kl_section,
    pairs_section,
    reward_section,
    samples_section,
    sampling_section,
    text_section,
    win_rate_section,
)
from alignment_core.forward.forward import Forward
from alignment_core.machine.memory_peak import peak_rss_mib
from alignment_core.processes.stopping import Stopper
from alignment_core.reporting import render_report
from alignment_core.runs.run_directory import RunDirectory
from alignment_core.sampling.generation import Prompt
from alignment_core.sampling.kl import sequence_kl
from alignment_core.tasks.prepared_evaluation import PreparedEvaluation, prepare_evaluation
from alignment_core.tasks.requests import EvaluateRequest


def run_evaluate(request: EvaluateRequest, directory: RunDirectory, stopper: Stopper) -> None:
    """Write evaluation.json, report.html and summary.json. Raises: Refused, Stopped."""
    EvaluateTask(request, directory, prepare_evaluation(request, directory, stopper)).run()


class EvaluateTask:
    """One evaluation: a stage for each model."""

    def __init__(
        self, request: EvaluateRequest, directory: RunDirectory, prepared: PreparedEvaluation
    ) -> None:
        self.request = request
        self.directory = directory
        self.prepared = prepared
        self.runner = prepared.runner
        self.paths = prepared.paths
        self.held_out = prepared.held_out
        self.sections: dict[str, Any] = {}
        self.by_prompt: dict[str, Any] = {}  # what two evaluations are compared by

    def run(self) -> None:
        """Everything. Raises: Refused, Stopped."""
        is_reward_model = self.prepared.kind == "reward_model"
        self.write(self.measure_reward_model() if is_reward_model else self.measure_policy())

    def measure_reward_model(self) -> HeldOutResult:
        """Rewards of the pairs, and their margins."""
        reward_model = self.runner.load_reward_model(self.paths["checkpoint"])
        rewards = self.runner.pair_rewards(reward_model, self.held_out)
        result = self._score_pairs(rewards[0] - rewards[1], "reward")
        self._describe_reward_model(reward_model, "checkpoint", self.held_out, rewards)
        return result

    def measure_policy(self) -> HeldOutResult:
        """Log-probs, samples and what follows from them, and the margins of the pairs."""
        runner, has_reference = self.runner, "reference" in self.paths
        policy = runner.load_policy(self.paths["checkpoint"])
        scores = runner.pair_log_probs(policy, self.held_out)
        self.sections["text"] = text_section(scores, self.held_out.records)
        prompts = runner.choose_prompts(self.held_out.records)
        n_samples = self.request.config.n_samples if "reward_model" in self.paths else 1
        sampled = runner.sample(policy, self.prepared.encoder, prompts, n_samples=n_samples)
        self.sections["sampling"] = sampling_section(
            sampled, n_prompts=len(prompts), max_new_tokens=runner.longest_sample
        )
        self.by_prompt["answers"] = answers_by_prompt(sampled)
        self.by_prompt["lengths"] = lengths_by_prompt(sampled)
        examples = [
            TokenizedExample(sample.prompt_id, sample.prompt_ids, (sample.completion_ids,))
            for sample in sampled.in_order
        ]
        own = runner.sample_log_probs(policy, examples) if has_reference else []
        answers, before = self._answers(policy), None
        del policy
        if has_reference:
            reference = runner.load_policy(self.paths["reference"])
            log_ratios = scores.log_prob - runner.pair_log_probs(reference, self.held_out).log_prob
            result = self._score_pairs(log_ratios[0] - log_ratios[1], "log-ratio to the reference")
            estimates = sequence_kl(own, runner.sample_log_probs(reference, examples))
            self.sections["kl"] = kl_section(estimates, sampled.in_order)
            before = self._answers(reference)
            del reference
        else:
            means = scores.log_prob / scores.n_tokens
            result = self._score_pairs(means[0] - means[1], "log-prob a token")
            self.sections["kl"] = undefined("no reference was given")
        self.sections["safety"] = self._safety(answers, before)
        self._judge(sampled, prompts)
        return result

    def write(self, result: HeldOutResult) -> None:
        """evaluation.json, report.html, and summary.json last: an evaluation that has one is done.

        The report is in the summary as well, for those who read nothing else.
        """
        report: dict[str, Any] = {
            "schema": 1,
            "kind": self.prepared.kind,
            "models": {
                name: {"name": _short(path), "digest": self.runner.digest(path)}
                for name, path in self.paths.items()
            },
            "data": {
                "name": self.request.data.name,
                "n_read": self.held_out.n_read,
                "n_used": len(self.held_out),
                "dropped": dict(self.held_out.counts.dropped),
                "left_out": shown(self.held_out.counts.left_out),
            },
            "sections": self.sections,
        }
        self.directory.accept()
        self.directory.write_json("evaluation.json", report)
        page = render_report(report, language=self.request.language)
        self.directory.write_text("report.html", page)
        self.directory.write_json(
            "summary.json",
            {
                "schema": 1,
                **held_out_summary(result, self.held_out),
                "by_prompt": self.by_prompt,
                "report": report,
                "dropped": dict(self.held_out.counts.dropped),
                "checkpoint_digest": report["models"]["checkpoint"]["digest"],
                "seconds": {
                    name: round(value, 3) for name, value in self.directory.seconds.items()
                },
                "peak_rss_mib": round(peak_rss_mib(), 1),
            },
        )

    def _judge(self, sampled: Sampled, prompts: list[Prompt]) -> None:
        """Rewards of samples, and the win rate against another policy."""
        if "reward_model" not in self.paths:
            self.sections["samples"] = undefined(NO_REWARD_MODEL)
            self.sections["win_rate"] = undefined(NO_REWARD_MODEL)
            return
        runner, against = self.runner, None
        if "against" in self.paths:
            other = runner.load_policy(self.paths["against"])
            against = runner.sample(
                other, self.prepared.encoder_of("against"), prompts, n_samples=1
            )
            del other
        path, encoder = self.paths["reward_model"], self.prepared.encoder_of("reward_model")
        judged = cast("PreparedRecords", self.prepared.judged)
        reward_model = runner.load_reward_model(path)
        scorer = runner.reward_scorer(reward_model, encoder)
        rewards = scorer(sampled.groups())
        self.sections["samples"] = samples_section(sampled, rewards)
        self.by_prompt["rewards"] = rewards_by_prompt(sampled, rewards)
        self.by_prompt["rewarded_by"] = runner.digest(path)
        self._describe_reward_model(
            reward_model, "reward_model", judged, runner.pair_rewards(reward_model, judged)
        )
        self.sections["win_rate"] = (
            undefined("no other policy was given")
            if against is None
            else win_rate_section(RewardJudge(scorer), sampled, against)
        )

    def _describe_reward_model(
        self, reward_model: Forward, name: str, held_out: PreparedRecords, rewards: FloatArray
    ) -> None:
        """A reward model on the data, with the heads beside its score."""
        records = held_out.records
        body = reward_section(rewards, records, self.runner.tie_model(reward_model))
        found = self.runner.head_offsets(reward_model, self.paths[name], held_out)
        if found is not None and "undefined" not in body:
            cohorts, offsets = found
            body |= heads_section(cohorts, offsets, rewards[0] - rewards[1], records)
        self.sections["reward_model"] = body

    def _score_pairs(self, margins: FloatArray, scored_by: str) -> HeldOutResult:
        self.sections["pairs"] = pairs_section(margins, self.held_out.records, scored_by=scored_by)
        return HeldOutResult(margins=torch.from_numpy(margins), scored_by=scored_by)

    def _answers(self, policy: Forward) -> dict[str, str]:
        """The likeliest completion of each safety prompt: one run says what another would."""
        prompts = [
            Prompt(id=prompt.id, messages=[{"role": "user", "content": prompt.text}])
            for prompt in self.prepared.safety_prompts
        ]
        sampled = self.runner.sample(
            policy, self.prepared.encoder, prompts, n_samples=1, temperature=0.0
        )
        return {name: samples[0].text for name, samples in sampled.samples.items()}

    def _safety(self, answers: dict[str, str], before: dict[str, str] | None) -> dict[str, Any]:
        if not self.prepared.safety_prompts:
            return undefined("the safety suite was left out")
        asked = [
            prompt
            for prompt in self.prepared.safety_prompts
            if prompt.id in answers and (before is None or prompt.id in before)
        ]
        self.by_prompt["safety"] = signs_by_prompt(asked, [answers[one.id] for one in asked])
        return safety_report(
            asked,
            [answers[prompt.id] for prompt in asked],
            None if before is None else [before[prompt.id] for prompt in asked],
            n_unanswered=len(self.prepared.safety_prompts) - len(asked),
        )


def _short(path: Path) -> str:
    """Enough to know a model by; the page may be read by people who need not know where it lies."""
    return "/".join(path.absolute().parts[-2:])

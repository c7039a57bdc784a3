"""What a person sees of a run: one line on a terminal, some lines in a log."""

import io

import pytest

from alignment_core.runs.progress_line import ProgressLine, duration


class Terminal(io.StringIO):
    def isatty(self):
        return True


def train_line(step, **values):
    return {"phase": "train", "step": step, "total_steps": 100, "loss": 0.5, **values}


def shown(stream, lines):
    """What is written of lines that come at these seconds."""
    times = iter([at for at, _ in lines])
    progress = ProgressLine(stream, clock=lambda: next(times))
    for _, line in lines:
        progress.show(line)
    progress.end()
    return stream.getvalue()


def test_a_terminal_has_one_line_with_loss_speed_and_time_left():
    steps = [(float(at), train_line(10 + at, num_tokens=1000 * at)) for at in (0, 10, 20)]
    text = shown(Terminal(), steps)
    assert text.count("\n") == 1
    assert text.split("\r\033[K")[-1] == (
        "train 30/100  loss 0.5000  1.0 steps/s  1,000 tokens/s  1 min 10 s left\n"
    )


def test_a_run_that_goes_on_measures_its_speed_from_where_it_began():
    text = shown(io.StringIO(), [(0.0, train_line(50)), (60.0, train_line(60))])
    assert text.splitlines()[-1] == "train 60/100  loss 0.5000  6.0 s a step  4 min 0 s left"


def test_a_log_has_plain_lines_now_and_then_and_the_last_one():
    steps = [(float(step), train_line(step)) for step in range(1, 101)]
    lines = shown(io.StringIO(), steps).splitlines()
    assert [line.split()[1] for line in lines] == ["1/100", "31/100", "61/100", "91/100", "100/100"]
    assert "\r" not in "".join(lines)


def test_held_out_figures_stay_and_a_figure_that_is_none_is_left_out():
    measured = {"phase": "eval", "step": 5, "total_steps": 9, "loss": None}
    text = shown(
        Terminal(), [(0.0, train_line(1)), (1.0, {**measured, "rewards/accuracies": 0.75})]
    )
    assert text.endswith("held out, step 5/9  accuracy 0.75\n")


def test_a_rollout_is_counted_in_samples():
    line = {"phase": "rollout", "step": 0, "total_steps": 9, "samples/done": 3, "samples/total": 8}
    assert shown(io.StringIO(), [(0.0, line)]) == "rollout 3/8\n"


@pytest.mark.parametrize(
    ("seconds", "words"), [(0.4, "0 s"), (59.6, "1 min 0 s"), (3700, "1 h 1 min")]
)
def test_times_are_said_as_people_say_them(seconds, words):
    assert duration(seconds) == words

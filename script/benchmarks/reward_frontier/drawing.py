"""The frontier as a picture: SVG by hand, in colours that read on light and dark."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

WIDTH, HEIGHT = 720, 440
LEFT, RIGHT, TOP, BOTTOM = 64, 170, 24, 52
COLOURS = {
    "DPO": "#2f6fb0",
    "soft-label DPO": "#38a3a5",
    "PPO": "#c8553d",
    "GRPO": "#8a4fae",
    "DAPO": "#b58900",
    "best of n": "#7a7a7a",
}


def draw(result: dict) -> str:
    """True reward over KL: a line for each run, through its checkpoints in order."""
    lines = {label: list(runs) for label, runs in result["runs"].items()}
    lines["best of n"] = [result["best_of_n"]]
    points = [point for runs in lines.values() for run in runs for point in run]
    start = {"kl": {"value": 0.0}, "gold": result["start"]["gold"]}
    across = _scale([0.0, *(one["kl"]["value"] for one in points)], LEFT, WIDTH - RIGHT)
    up = _scale(
        [one["gold"][name] for one in [start, *points] for name in ("low", "high")],
        HEIGHT - BOTTOM,
        TOP,
    )
    parts = [*_axes(across, up)]
    for number, (label, runs) in enumerate(lines.items()):
        colour = COLOURS[label]
        for run in runs:
            path = run if label == "best of n" else [start, *run]
            parts.append(_line(path, across, up, colour, dashed=label == "best of n"))
            parts += [_dot(point, across, up, colour) for point in run]
        y = TOP + 12 + 22 * number
        parts.append(f'<circle cx="{WIDTH - RIGHT + 22}" cy="{y - 4}" r="4" fill="{colour}"/>')
        parts.append(_text(WIDTH - RIGHT + 34, y, label))
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
            'aria-label="True reward against KL from the start, for each method" '
            'font-family="system-ui, sans-serif" font-size="12">',
            f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
            *parts,
            "</svg>\n",
        ]
    )


class _Scale:
    """From values to places along one side of the picture."""

    def __init__(self, low: float, high: float, start: float, end: float) -> None:
        self.low, self.high, self.start, self.end = low, high, start, end

    def __call__(self, value: float) -> float:
        share = (value - self.low) / (self.high - self.low)
        return round(self.start + share * (self.end - self.start), 1)

    def ticks(self, n_ticks: int = 5) -> list[float]:
        """Round values, evenly spaced."""
        rough = (self.high - self.low) / n_ticks
        power = 10.0 ** len(str(int(rough))) / 10 if rough >= 1 else 0.1
        step = next(one for one in (power, 2 * power, 5 * power, 10 * power) if one >= rough)
        first = int(self.low / step) * step
        values = [first + step * number for number in range(n_ticks * 3)]
        return [round(one, 6) for one in values if self.low <= one <= self.high]


def _scale(values: Sequence[float], start: float, end: float) -> _Scale:
    low, high = min(values), max(values)
    room = 0.04 * (high - low or 1.0)
    return _Scale(low - room, high + room, start, end)


def _axes(across: _Scale, up: _Scale) -> list[str]:
    parts = []
    for value in across.ticks():
        x = across(value)
        parts.append(
            f'<path d="M{x} {TOP}V{HEIGHT - BOTTOM}" stroke="#e3e3e3"/>'
            + _text(x, HEIGHT - BOTTOM + 18, f"{value:g}", anchor="middle")
        )
    for value in up.ticks():
        y = up(value)
        parts.append(
            f'<path d="M{LEFT} {y}H{WIDTH - RIGHT}" stroke="#e3e3e3"/>'
            + _text(LEFT - 8, y + 4, f"{value:g}", anchor="end")
        )
    middle = (LEFT + WIDTH - RIGHT) / 2
    parts.append(
        _text(middle, HEIGHT - 12, "KL from the fine-tuned policy, nats an answer", anchor="middle")
    )
    parts.append(
        f'<g transform="translate(16 {(TOP + HEIGHT - BOTTOM) / 2}) rotate(-90)">'
        + _text(0, 0, "true reward", anchor="middle")
        + "</g>"
    )
    return parts


def _line(points: Sequence[dict], across: _Scale, up: _Scale, colour: str, *, dashed: bool) -> str:
    path = "L".join(
        f"{across(point['kl']['value'])} {up(point['gold']['value'])}" for point in points
    )
    dash = ' stroke-dasharray="5 4"' if dashed else ""
    return f'<path d="M{path}" fill="none" stroke="{colour}" stroke-width="1.5"{dash}/>'


def _dot(point: dict, across: _Scale, up: _Scale, colour: str) -> str:
    x, gold = across(point["kl"]["value"]), point["gold"]
    return (
        f'<path d="M{x} {up(gold["low"])}V{up(gold["high"])}" stroke="{colour}" opacity=".35"/>'
        f'<circle cx="{x}" cy="{up(gold["value"])}" r="3.5" fill="{colour}"/>'
    )


def _text(x: float, y: float, words: str, *, anchor: str = "start") -> str:
    return f'<text x="{x}" y="{y}" text-anchor="{anchor}" fill="#333333">{escape(words)}</text>'

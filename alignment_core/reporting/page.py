"""The frame of the page, and the pieces that sections are made of. Everything given is escaped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from alignment_core.reporting.drawing import number
from alignment_core.reporting.language import say, spoken_language, told

STYLE = """
:root { color-scheme: light dark; --ink: light-dark(#1d232b, #e4e7eb);
  --quiet: light-dark(#5b6470, #9aa4b0); --paper: light-dark(#fbfbfa, #15181c);
  --line: light-dark(#d9dde2, #343b44); --accent: light-dark(#1f5fa8, #7db4f0);
  --beside: light-dark(#a8570b, #e8a35c); }
body { margin: 2rem auto; max-width: 46rem; padding: 0 1rem; background: var(--paper);
  color: var(--ink); font: 16px/1.6 system-ui, "Noto Sans", "Noto Sans CJK SC", sans-serif; }
h1 { font-size: 1.6rem; } h2 { font-size: 1.2rem; margin-top: 2.5rem; }
h3 { font-size: 1rem; margin-bottom: 0.25rem; }
p.quiet, figcaption, td.quiet { color: var(--quiet); font-size: 0.9rem; }
table { border-collapse: collapse; width: 100%; font-size: 0.9rem; }
th, td { text-align: left; padding: 0.25rem 0.5rem; border-bottom: 1px solid var(--line);
  vertical-align: top; word-break: keep-all; }
td.long { overflow-wrap: anywhere; min-width: 8rem; }
.wide { overflow-x: auto; }
figure { margin: 1rem 0; } svg { width: 100%; min-width: 32rem; height: auto; }
summary { cursor: pointer; color: var(--quiet); font-size: 0.9rem; }
blockquote { margin: 0.5rem 0; padding: 0.25rem 1rem; border-left: 3px solid var(--line);
  white-space: pre-wrap; overflow-wrap: anywhere; }
svg text { fill: var(--quiet); font-size: 12px; }
svg .axis { stroke: var(--quiet); } svg .grid { stroke: var(--line); stroke-width: 0.5; }
svg .guide { stroke: var(--quiet); stroke-dasharray: 4 4; }
svg .range { stroke: var(--accent); stroke-width: 2; opacity: 0.6; }
svg .line { fill: none; stroke: var(--accent); } svg .dot { fill: var(--accent); }
svg .beside { stroke: var(--beside); stroke-width: 3; }
"""
# Nothing on the page may load or run anything, whatever a model has written into it.
POLICY = "default-src 'none'; style-src 'unsafe-inline'"

LONGEST_WORD = 24  # characters that stay on one line of a cell, whatever the width

Figure = Mapping[str, Any]


def page(title: str, sections: Sequence[str]) -> str:
    """A whole document."""
    return (
        f'<!doctype html>\n<html lang="{spoken_language()}">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{escape(POLICY)}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n"
        f"<h1>{escape(title)}</h1>\n" + "\n".join(sections) + "\n</body>\n</html>\n"
    )


def section(title: str, parts: Sequence[str]) -> str:
    """A heading with what belongs under it."""
    return f"<section>\n<h2>{escape(title)}</h2>\n" + "\n".join(parts) + "\n</section>"


def heading(text: str) -> str:
    """A heading inside a section."""
    return f"<h3>{escape(text)}</h3>"


def paragraph(text: str) -> str:
    """What a figure means, or does not."""
    return f'<p class="quiet">{escape(text)}</p>'


def why_undefined(body: Figure) -> str:
    """What stands in the place of figures that could not be computed."""
    return paragraph(say("Undefined, {reason}.", reason=told(body["undefined"])))


def quotation(text: str) -> str:
    """Words of a prompt or a model, with their line breaks."""
    return f"<blockquote>{escape(text)}</blockquote>"


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table of texts; where it is too wide it scrolls, and the page does not."""
    names = "".join(f'<th scope="col">{escape(name)}</th>' for name in head)
    lines = "".join("<tr>" + "".join(_cell(text) for text in row) + "</tr>" for row in rows)
    return (
        f'<div class="wide"><table><thead><tr>{names}</tr></thead>'
        f"<tbody>{lines}</tbody></table></div>"
    )


def _cell(text: str) -> str:
    is_long = any(len(word) > LONGEST_WORD for word in text.split())
    start = '<td class="long">' if is_long else "<td>"
    return f"{start}{escape(text)}</td>"


def figure_table(rows: Sequence[Sequence[str]], *, first: str | None = None) -> str:
    """A table of rows from `figure_row`; `first` names what they are, if not just figures."""
    return table((first or say("Figure"), say("Value and 95 % interval"), "n"), rows)


def picture(svg: str, caption: str, behind: str) -> str:
    """A plot with its caption, and the table behind it.

    Args:
        svg, behind: markup from `svg` and `table`.
    """
    return (
        f'<figure><div class="wide">{svg}</div><figcaption>{escape(caption)}</figcaption>'
        f"<details><summary>{escape(say('The numbers'))}</summary>{behind}</details></figure>"
    )


def is_defined(figure: Figure | None) -> bool:
    """Whether there is a value to draw."""
    return figure is not None and figure.get("value") is not None


def in_words(figure: Figure | None, *, is_share: bool = False) -> str:
    """A figure with its interval, or why there is none."""
    if figure is None:
        return say("not measured")
    if "undefined" in figure:
        return say("undefined, {reason}", reason=told(figure["undefined"]))

    def show(name: str) -> str:
        value = figure[name]
        return say("{number} %", number=f"{100 * value:.1f}") if is_share else number(value)

    if figure.get("low") is None:
        if "interval_undefined" not in figure:
            return say("{value} (no interval)", value=show("value"))
        reason = told(figure["interval_undefined"])
        return say("{value} ({reason})", value=show("value"), reason=reason)
    return say("{value} ({low} to {high})", value=show("value"), low=show("low"), high=show("high"))


def counts_in_words(counts: Mapping[str, int]) -> str:
    """How many of each kind."""
    return say(", ").join(
        say("{name}: {n}", name=told(name), n=n) for name, n in sorted(counts.items())
    )


def count(figure: Figure | None) -> str:
    """What a figure rests on."""
    return "–" if figure is None else str(figure.get("n", "–"))


def figure_row(name: str, figure: Figure | None, *, is_share: bool = False) -> list[str]:
    """Name, value with interval, and count."""
    return [name, in_words(figure, is_share=is_share), count(figure)]

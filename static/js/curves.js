// Draws the curves of a run, or of compared ones, again, so that they can be looked into: the
// server's pictures and their tables stay for whoever has no script. Colours and dashes are those of
// the pictures. Where a form says how they are looked at, the page's link keeps what it says.
"use strict";

(() => {
  const HEIGHT = Number(document.getElementById("curves").dataset.height ?? 260);
  const LIVE = 5000; // milliseconds between two looks at a run that goes on
  const STEP = 0.7; // of the part that is seen, after zooming in once
  const KEYS = { "+": "in", "=": "in", "-": "out", ArrowLeft: "left", ArrowRight: "right", 0: "whole" };

  const box = document.getElementById("curves");
  const form = document.getElementById("view"); // of compared runs alone
  const zoom = document.getElementById("zoom");
  const drawn = new Map(); // by the name of a figure: its plot
  let part = null; // what is looked at: [low, high], or null for all of it
  let timer = 0;
  let asked = 0;

  const settings = () => box.firstElementChild.dataset;
  const figures = () => [...box.querySelectorAll("[data-figure]")];
  const styleOf = (element, name) => getComputedStyle(element).getPropertyValue(name).trim();
  const isPointing = (event) => !["mousedown", "mouseup", "dblclick"].includes(event); // what plots share
  const linesOf = (figure) => JSON.parse(figure.dataset.lines);
  const dataOf = (lines) => window.uPlot.join(lines.map(({ x, y }) => [x, y]));

  // --- drawing -----------------------------------------------------------------------------------
  function draw(figure) {
    const lines = linesOf(figure);
    const picture = figure.querySelector("svg");
    const holder = document.createElement("div");
    holder.className = "chart__live";
    holder.tabIndex = 0;
    holder.setAttribute("role", "group");
    const title = figure.querySelector("[data-title]").textContent;
    holder.setAttribute("aria-label", `${title}. ${box.dataset.wordKeys}`);
    picture.before(holder);
    const plot = new window.uPlot(optionsFor(figure, lines, holder), dataOf(lines), holder);
    plot.root.setAttribute("aria-hidden", "true");
    picture.toggleAttribute("hidden", true);
    figure.querySelector("[data-png]").hidden = false;
    drawn.set(figure.dataset.figure, plot);
    look(plot);
  }

  function optionsFor(figure, lines, holder) {
    const tick = figure.querySelector(".chart__tick");
    const grid = figure.querySelector(".chart__grid");
    const ink = styleOf(tick, "fill");
    const line = grid ? styleOf(grid, "stroke") : ink;
    const font = `12px ${styleOf(document.body, "font-family")}`;
    const axis = { stroke: ink, font, grid: { stroke: line, width: 1 }, ticks: { show: false } };
    return {
      width: Math.max(holder.clientWidth, 200),
      height: HEIGHT,
      padding: [12, 18, 0, 0],
      legend: { show: false },
      cursor: { sync: { key: "curves", filters: { pub: isPointing } }, drag: { setScale: false } },
      scales: { x: { time: false }, y: { distr: "log" in settings() ? 3 : 1 } },
      axes: [{ ...axis, size: 28 }, { ...axis, size: 52, values: (_plot, ticks) => ticks.map(tickWords) }],
      series: [{}, ...lines.map((entry) => seriesFor(figure, entry))],
      hooks: {
        setSelect: [(plot) => choose(plot)],
        setCursor: [(plot) => showValues(figure, plot)],
        draw: [(plot) => letterEnds(plot, lines, font)],
      },
    };
  }

  // The library's own would call every tick of a small figure 0. On a scale of logs some have none.
  function tickWords(value) {
    if (value == null) return "";
    const isSmall = value !== 0 && Math.abs(value) < 1e-3;
    return isSmall
      ? Number(value.toPrecision(3)).toExponential()
      : value.toLocaleString(document.documentElement.lang, { maximumSignificantDigits: 6 });
  }

  function seriesFor(figure, { tone, name, x }) {
    const probe = document.createElementNS("http://www.w3.org/2000/svg", "path");
    probe.setAttribute("class", `chart__line chart__line--${tone}`);
    figure.querySelector("svg").append(probe);
    const dashes = styleOf(probe, "stroke-dasharray");
    const stroke = styleOf(probe, "stroke");
    probe.remove();
    return {
      label: name,
      stroke,
      width: 1.75,
      dash: dashes === "none" ? [] : dashes.split(",").map(parseFloat),
      spanGaps: true, // runs log at different places
      points: { show: x.length <= 12, size: 6, fill: stroke },
    };
  }

  // A line says which it is, for whoever does not tell the colours apart.
  function letterEnds({ ctx, data, series, scales, valToPos }, lines, font) {
    const ratio = window.devicePixelRatio || 1;
    ctx.save();
    ctx.font = font.replace("12px", `${12 * ratio}px`);
    ctx.textAlign = "left";
    ctx.textBaseline = "middle";
    lines.forEach(({ letter }, place) => {
      if (!letter) return;
      const values = data[place + 1];
      let at = values.length - 1;
      while (at >= 0 && (values[at] == null || data[0][at] > scales.x.max)) at -= 1;
      if (at < 0 || data[0][at] < scales.x.min) return;
      ctx.fillStyle = series[place + 1].stroke();
      const [x, y] = [valToPos(data[0][at], "x", true), valToPos(values[at], "y", true)];
      ctx.fillText(letter, x + 5 * ratio, y);
    });
    ctx.restore();
  }

  function showValues(figure, plot) {
    const at = plot.cursor.idx;
    [...figure.querySelectorAll(".chart__key [data-tone]")].forEach((name, place) => {
      const box = name.querySelector("b");
      box.dataset.last ??= box.textContent;
      const value = at == null ? null : valueUpTo(plot.data[place + 1], at);
      box.textContent = value == null ? box.dataset.last : String(Number(value.toPrecision(4)));
    });
  }

  function valueUpTo(values, at) {
    for (let place = at; place >= 0; place -= 1) if (values[place] != null) return values[place];
    return null;
  }

  // --- the part that is looked at ----------------------------------------------------------------
  const whole = () => {
    const ends = [...drawn.values()].map((plot) => [plot.data[0][0], plot.data[0].at(-1)]);
    return [Math.min(...ends.map(([low]) => low)), Math.max(...ends.map(([, high]) => high))];
  };

  // What the server was asked for; an end that nobody chose is that of the run.
  function readPart({ low, high }) {
    part = low || high ? [low ? Number(low) : -Infinity, high ? Number(high) : Infinity] : null;
  }

  function look(plot) {
    const places = plot.data[0];
    const [low, high] = part ?? [-Infinity, Infinity];
    const min = Number.isFinite(low) ? low : places[0];
    const max = Number.isFinite(high) ? high : places.at(-1);
    plot.setScale("x", min < max ? { min, max } : { min: min - 1, max: max + 1 });
  }

  function lookAt(low, high) {
    const [first, last] = whole();
    const isWhole = low <= first && high >= last;
    part = isWhole || !(high > low) ? null : [Math.max(low, first), Math.min(high, last)];
    for (const plot of drawn.values()) look(plot);
    if (!form) return;
    form.elements.low.value = part ? rounded(part[0]) : "";
    form.elements.high.value = part ? rounded(part[1]) : "";
    keepLink();
  }

  const rounded = (value) => String(Number(value.toPrecision(6)));

  function choose(plot) {
    const { left, width } = plot.select;
    if (width < 4) return;
    const ends = [plot.posToVal(left, "x"), plot.posToVal(left + width, "x")];
    plot.setSelect({ left: 0, width: 0, top: 0, height: 0 }, false);
    lookAt(...ends);
  }

  function move(how) {
    const [first, last] = whole();
    const low = Math.max(part?.[0] ?? first, first);
    const high = Math.min(part?.[1] ?? last, last);
    const [middle, half] = [(low + high) / 2, (high - low) / 2];
    if (how === "whole") lookAt(first, last);
    else if (how === "in") lookAt(middle - half * STEP, middle + half * STEP);
    else if (how === "out") lookAt(middle - half / STEP, middle + half / STEP);
    else {
      const by = Math.min(half / 2, how === "left" ? low - first : last - high);
      if (by > 0) lookAt(low + (how === "left" ? -by : by), high + (how === "left" ? -by : by));
    }
  }

  // --- the link, and what is asked for again -----------------------------------------------------
  function query() {
    const given = new URLSearchParams(form ? new FormData(form) : "");
    for (const [name, value] of [...given]) if (value === "") given.delete(name, value);
    return given;
  }

  function keepLink() {
    history.replaceState(null, "", `${location.pathname}?${query()}`);
  }

  async function refresh() {
    clearTimeout(timer);
    const number = (asked += 1);
    const answer = await fetch(`${box.dataset.url}?${query()}`).catch(() => null);
    if (number !== asked) return; // somebody has asked for something else meanwhile
    if (answer?.ok) {
      const made = new DOMParser().parseFromString(await answer.text(), "text/html");
      const next = made.body.firstElementChild;
      if (next && number === asked) replace(next);
    }
    wait();
  }

  // Where the same lines only went on, the plots and what has the focus stay.
  function replace(next) {
    const isSame =
      next.dataset.across === settings().across && "log" in next.dataset === "log" in settings();
    if (form) readPart(next.dataset);
    const fresh = [...next.querySelectorAll("[data-figure]")];
    const shape = (list) => JSON.stringify(list.map((one) => [one.dataset.figure, linesOf(one).map(({ tone }) => tone)]));
    if (isSame && shape(fresh) === shape(figures())) {
      figures().forEach((figure, place) => goOn(figure, fresh[place]));
      box.firstElementChild.toggleAttribute("data-live", "live" in next.dataset);
      return;
    }
    clear();
    box.replaceChildren(document.adoptNode(next));
    drawAll();
  }

  function goOn(figure, fresh) {
    const plot = drawn.get(figure.dataset.figure);
    figure.dataset.lines = fresh.dataset.lines;
    plot.setData(dataOf(linesOf(figure)), false);
    look(plot);
    const [names, newer] = [figure, fresh].map((one) => [...one.querySelectorAll(".chart__key b")]);
    names.forEach((name, place) => {
      name.dataset.last = newer[place].textContent;
      name.textContent = newer[place].textContent;
    });
    figure.querySelector("tbody").replaceWith(document.adoptNode(fresh.querySelector("tbody")));
    figure.querySelector("svg").replaceWith(hidden(document.adoptNode(fresh.querySelector("svg"))));
  }

  function hidden(picture) {
    picture.toggleAttribute("hidden", true);
    return picture;
  }

  function wait() {
    clearTimeout(timer);
    if ("live" in settings()) timer = setTimeout(() => (document.hidden ? wait() : refresh()), LIVE);
  }

  function clear() {
    for (const plot of drawn.values()) plot.destroy();
    drawn.clear();
    for (const holder of box.querySelectorAll(".chart__live")) holder.remove();
  }

  function keepPicture(figure) {
    window.accordPicture({
      source: drawn.get(figure.dataset.figure).ctx.canvas,
      title: figure.querySelector("[data-title]").textContent,
      lines: linesOf(figure).map((line) => seriesFor(figure, line)),
      ink: styleOf(figure, "color"),
      paper: styleOf(document.body, "background-color"),
      font: styleOf(document.body, "font-family"),
      name: `${figure.dataset.figure.replaceAll("/", "-")}.png`,
    });
  }

  // --- beginning ---------------------------------------------------------------------------------
  function drawAll() {
    figures().forEach(draw);
    zoom.hidden = drawn.size === 0;
  }

  function drawAgain() {
    clear();
    for (const picture of box.querySelectorAll("svg.chart__picture")) picture.removeAttribute("hidden");
    drawAll();
  }

  form?.addEventListener("submit", (event) => {
    event.preventDefault();
    keepLink();
    refresh();
  });
  form?.addEventListener("change", (event) => {
    if (!form.reportValidity()) return;
    if (event.target.name === "across") form.elements.low.value = form.elements.high.value = "";
    keepLink();
    refresh();
  });
  zoom.addEventListener("click", (event) => {
    const button = event.target.closest("[data-zoom]");
    if (button) move(button.dataset.zoom);
  });
  box.addEventListener("keydown", (event) => {
    const how = KEYS[event.key];
    if (!how || !event.target.matches(".chart__live")) return;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    move(how);
  });
  box.addEventListener("dblclick", () => move("whole"));
  box.addEventListener("click", (event) => {
    const button = event.target.closest("[data-png]");
    if (button) keepPicture(button.closest("[data-figure]"));
  });
  window.addEventListener("resize", () => {
    for (const plot of drawn.values()) {
      plot.setSize({ width: Math.max(plot.root.parentElement.clientWidth, 200), height: HEIGHT });
    }
  });
  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAgain);
  readPart(settings());
  drawAll();
  wait();
})();

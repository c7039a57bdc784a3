// Saves a picture that the server drew as a PNG: its shapes are drawn once more, on a canvas, in the
// colours that the page gives them. (An SVG cannot be an image here: the policy lets none be made.)
"use strict";

(() => {
  const MARGIN = 4;
  const length = (shape, name) => Number(shape.getAttribute(name));

  const routes = {
    line(shape) {
      const route = new Path2D();
      route.moveTo(length(shape, "x1"), length(shape, "y1"));
      route.lineTo(length(shape, "x2"), length(shape, "y2"));
      return route;
    },
    path: (shape) => new Path2D(shape.getAttribute("d")),
    rect(shape) {
      const route = new Path2D();
      route.rect(...["x", "y", "width", "height"].map((name) => length(shape, name)));
      return route;
    },
    circle(shape) {
      const route = new Path2D();
      route.arc(length(shape, "cx"), length(shape, "cy"), length(shape, "r"), 0, 2 * Math.PI);
      return route;
    },
  };

  function write(pen, shape, look) {
    pen.textBaseline = "alphabetic";
    pen.textAlign = { start: "left", middle: "center", end: "right" }[look.textAnchor] || "left";
    pen.font = `${look.fontSize} ${look.fontFamily}`;
    pen.fillStyle = look.fill;
    pen.save();
    const turned = /rotate\(([-\d.]+) ([-\d.]+) ([-\d.]+)\)/.exec(shape.getAttribute("transform"));
    if (turned) {
      const [angle, x, y] = turned.slice(1).map(Number);
      pen.translate(x, y);
      pen.rotate((angle * Math.PI) / 180);
      pen.translate(-x, -y);
    }
    pen.fillText(shape.textContent, length(shape, "x"), length(shape, "y"));
    pen.restore();
  }

  function draw(pen, shape) {
    const look = getComputedStyle(shape);
    pen.globalAlpha = Number(look.opacity);
    if (shape.localName === "text") return write(pen, shape, look);
    if (!routes[shape.localName]) return;
    const route = routes[shape.localName](shape);
    if (look.fill !== "none" && shape.localName !== "line") {
      pen.fillStyle = look.fill;
      pen.fill(route);
    }
    if (look.stroke === "none") return;
    pen.strokeStyle = look.stroke;
    pen.lineWidth = parseFloat(look.strokeWidth);
    const dash = look.strokeDasharray;
    pen.setLineDash(dash === "none" ? [] : dash.split(",").map(parseFloat));
    pen.stroke(route);
  }

  function keep(figure) {
    const picture = figure.querySelector("svg.chart__picture");
    const { width, height } = picture.viewBox.baseVal;
    const page = getComputedStyle(document.body);
    const ratio = 2 * (window.devicePixelRatio || 1);
    const source = document.createElement("canvas");
    source.width = (width + 2 * MARGIN) * ratio;
    source.height = (height + 2 * MARGIN) * ratio;
    const pen = source.getContext("2d");
    pen.scale(ratio, ratio);
    pen.translate(MARGIN, MARGIN);
    for (const shape of picture.querySelectorAll("line, path, rect, circle, text")) {
      draw(pen, shape);
    }
    const lines = [...figure.querySelectorAll("[data-tone]")].map((name) => {
      const look = getComputedStyle(name, "::before");
      const dashes = { dashed: [5, 3], dotted: [2, 3] };
      return {
        label: name.textContent.trim(),
        stroke: look.borderBlockStartColor,
        dash: dashes[look.borderBlockStartStyle] || [],
      };
    });
    window.accordPicture({
      source,
      title: figure.querySelector("[data-title]").textContent.trim(),
      lines,
      ink: page.color,
      paper: page.backgroundColor,
      font: page.fontFamily,
      name: `${figure.dataset.figure}.png`,
    });
  }

  const offer = () => {
    for (const button of document.querySelectorAll("[data-drawn] [data-png]")) button.hidden = false;
  };

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-drawn] [data-png]");
    if (button) keep(button.closest("[data-drawn]"));
  });
  document.addEventListener("htmx:afterSwap", offer);
  offer();
})();

// Saves a drawn chart as a PNG, with its title and the names of its lines above it.
"use strict";

window.accordPicture = ({ source, title, lines, ink, paper, font, name }) => {
  const ratio = window.devicePixelRatio || 1;
  const [margin, row] = [12 * ratio, 20 * ratio];
  const top = margin + row * (lines.length + 1);
  const canvas = document.createElement("canvas");
  canvas.width = source.width + 2 * margin;
  canvas.height = source.height + top + margin;
  const pen = canvas.getContext("2d");
  pen.fillStyle = paper;
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.textBaseline = "middle";
  pen.fillStyle = ink;
  pen.font = `600 ${14 * ratio}px ${font}`;
  pen.fillText(title, margin, margin + row / 2, canvas.width - 2 * margin);
  pen.font = `${12 * ratio}px ${font}`;
  lines.forEach(({ label, stroke, dash }, place) => {
    const y = margin + row * (place + 1.5);
    pen.strokeStyle = stroke;
    pen.lineWidth = 2 * ratio;
    pen.setLineDash(dash.map((length) => length * ratio));
    pen.beginPath();
    pen.moveTo(margin, y);
    pen.lineTo(margin + 28 * ratio, y);
    pen.stroke();
    pen.fillStyle = ink;
    pen.fillText(label, margin + 36 * ratio, y, canvas.width - margin - 48 * ratio);
  });
  pen.drawImage(source, margin, top);
  canvas.toBlob((blob) => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  });
};

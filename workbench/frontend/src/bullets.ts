// Pictures the map draws itself when a label first asks for them: subway bullets in their colours, the plate behind a
// bus number. The picture's id says what is on it, so that a style can put it together from a feature's properties:
//
//   lines|14|1#d82233 7#9a38a1     bullets 14 px high: names and colours      (stations)
//   trunk|14|#d82233|1 2 3         bullets of one colour                      (tracks)
//   plate|#ffffff|#2b4a80          a plate that grows with its text           (bus numbers)
import type { Map as MapLibreMap, StyleImageMetadata } from "maplibre-gl";

interface Bullet {
  name: string;
  color: string;
}

interface Picture {
  image: ImageData;
  options: Partial<StyleImageMetadata>;
}

/** Drawn at twice the size, for sharp letters on good screens. */
const RATIO = 2;
const FAMILY = '"Noto Sans", system-ui, sans-serif';

/** Draws what labels ask for. */
export function installPictures(map: MapLibreMap): void {
  map.setMissingStyleImageResolver((id) => {
    const picture = draw(id);
    if (picture && !map.hasImage(id)) map.addImage(id, picture.image, picture.options);
  });
}

function draw(id: string): Picture | null {
  const [kind, ...rest] = id.split("|");
  if (kind === "plate") return drawPlate(rest[0]!, rest[1]!);
  const bullets = readBullets(id);
  return bullets.length > 0 ? drawBullets(bullets, Number(rest[0])) : null;
}

/** The bullets an id names; none if it names none. */
export function readBullets(id: string): Bullet[] {
  const [kind, , ...rest] = id.split("|");
  if (kind === "lines") {
    return (rest[0] ?? "").split(" ").flatMap((word) => {
      const cut = word.lastIndexOf("#");
      return cut > 0 ? [{ name: word.slice(0, cut), color: word.slice(cut) }] : [];
    });
  }
  if (kind === "trunk") return (rest[1] ?? "").split(" ").filter(Boolean).map((name) => ({ name, color: rest[0]! }));
  return [];
}

/** Black on yellow and other light colours, white on the others. */
export function inkOn(color: string): string {
  const [red, green, blue] = [1, 3, 5].map((at) => parseInt(color.slice(at, at + 2), 16) / 255);
  return 0.3 * red! + 0.59 * green! + 0.11 * blue! > 0.6 ? "#000000" : "#ffffff";
}

function drawBullets(bullets: readonly Bullet[], size: number): Picture {
  const gap = 2;
  const widths = bullets.map(({ name }) => size + Math.max(0, name.length - 2) * size * 0.5);
  const width = widths.reduce((sum, each) => sum + each, 0) + gap * (bullets.length - 1) + 2;
  const pen = newPen(width, size + 2);
  let x = 1;
  bullets.forEach(({ name, color }, at) => {
    const wide = widths[at]!;
    pen.beginPath();
    pen.roundRect(x, 1, wide, size, size / 2);
    pen.fillStyle = color;
    pen.fill();
    pen.strokeStyle = "rgba(255,255,255,0.85)";
    pen.lineWidth = 1;
    pen.stroke();
    pen.fillStyle = inkOn(color);
    pen.font = `700 ${size * (name.length > 1 ? 0.58 : 0.74)}px ${FAMILY}`;
    pen.fillText(name, x + wide / 2, 1 + size * 0.54);
    x += wide + gap;
  });
  return { image: picture(pen), options: { pixelRatio: RATIO } };
}

function drawPlate(fill: string, edge: string): Picture {
  const size = 16;
  const pen = newPen(size, size);
  pen.beginPath();
  pen.roundRect(0.75, 0.75, size - 1.5, size - 1.5, 4);
  pen.fillStyle = fill;
  pen.fill();
  pen.strokeStyle = edge;
  pen.lineWidth = 1;
  pen.stroke();
  const middle: [number, number][] = [[5 * RATIO, 11 * RATIO]];
  return { image: picture(pen), options: { pixelRatio: RATIO, stretchX: middle, stretchY: middle, content: [3 * RATIO, 2 * RATIO, 13 * RATIO, 14 * RATIO] } };
}

function newPen(width: number, height: number): CanvasRenderingContext2D {
  const canvas = document.createElement("canvas");
  canvas.width = Math.ceil(width * RATIO);
  canvas.height = Math.ceil(height * RATIO);
  const pen = canvas.getContext("2d", { willReadFrequently: true })!;
  pen.scale(RATIO, RATIO);
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  return pen;
}

function picture(pen: CanvasRenderingContext2D): ImageData {
  return pen.getImageData(0, 0, pen.canvas.width, pen.canvas.height);
}

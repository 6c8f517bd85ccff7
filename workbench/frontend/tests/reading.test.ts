import assert from "node:assert/strict";
import { test } from "node:test";
import { inkOn, readBullets } from "../src/bullets.ts";
import { labelLayers } from "../src/labels.ts";
import { textScale } from "../src/reading.ts";
import { themeOf } from "../src/themes.ts";

test("words grow on wide screens and with the reader's own text size", () => {
  assert.equal(textScale(1366, 16), 1);
  assert.equal(textScale(1920, 16), 1.3);
  assert.equal(textScale(3840, 16), 1.6);
  assert.equal(textScale(1366, 24), 1.5);
  assert.equal(textScale(3840, 32), 2.2, "no larger than this");
  assert.equal(textScale(390, 8), 0.9, "no smaller than this");
});

test("a picture's id names its bullets", () => {
  assert.deepEqual(readBullets("lines|13|1#d82233 7#9a38a1"), [{ name: "1", color: "#d82233" }, { name: "7", color: "#9a38a1" }]);
  assert.deepEqual(readBullets("trunk|13|#0062cf|A C"), [{ name: "A", color: "#0062cf" }, { name: "C", color: "#0062cf" }]);
  assert.deepEqual(readBullets("lines|13|"), []);
  assert.deepEqual(readBullets("somebody-else's-picture"), []);
});

test("letters are black on yellow, white on red and blue", () => {
  assert.equal(inkOn("#f6bc26"), "#000000");
  assert.equal(inkOn("#d82233"), "#ffffff");
  assert.equal(inkOn("#0062cf"), "#ffffff");
});

test("a name in the reader's language goes before the name on the spot", () => {
  const layer = labelLayers(themeOf("light"), { scale: 1, lang: "es" }).find(({ id }) => id === "borough-names")!;
  assert.match(JSON.stringify(layer.layout), /\["coalesce",\["get","name:es"\],\["get","name"\]/);
});

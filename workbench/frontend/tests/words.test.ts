import assert from "node:assert/strict";
import { test } from "node:test";
import { changeOf, roughly, sayChange, scaleEnds } from "../src/change.ts";
import { distanceM, lengthM, nearestIndex, sayMiles } from "../src/geometry.ts";
import { asBytes } from "../src/messages.ts";
import { routeFeatures } from "../src/routes.ts";
import { walkFeatures } from "../src/walk.ts";

test("a byte stands for a change", () => {
  assert.equal(changeOf(128, 5000), 0);
  assert.equal(changeOf(255, 5000), 5000);
  assert.equal(changeOf(0, 5000), -5000);
  assert.equal(roughly(12_345), 12_000);
  assert.equal(roughly(-0.0123), -0.012);
});

test("a change in words, careful as a byte is", () => {
  assert.equal(sayChange(128, 5000, "access"), "Reaches as many people as today.");
  assert.equal(sayChange(255, 5000, "access"), "At least 5,000 more people within 45 minutes.");
  assert.equal(sayChange(64, 128_000, "access"), "About 64,000 fewer people within 45 minutes.");
  assert.equal(sayChange(255, 2, "minutes"), "At least 2 minutes shorter on an average trip.");
  assert.equal(sayChange(64, 1, "minutes"), "About 30 seconds longer on an average trip.");
  assert.deepEqual(scaleEnds(0.5, "minutes"), { worse: "30 seconds longer", better: "30 seconds shorter" });
  assert.deepEqual(scaleEnds(1, "minutes"), { worse: "1 minute longer", better: "1 minute shorter" });
});

test("distances on the globe", () => {
  // One degree of latitude is 2 pi R / 360 = 111,195 m.
  assert.ok(Math.abs(distanceM([0, 40], [0, 41]) - 111_195) < 1);
  assert.equal(lengthM([[0, 0]]), 0);
  assert.equal(sayMiles(1609.344), "1.0 mile");
  assert.equal(sayMiles(4828), "3.0 miles");
});

test("the nearest point within reach", () => {
  const points = [{ x: 0, y: 0 }, { x: 10, y: 0 }];
  assert.equal(nearestIndex(points, { x: 8, y: 0 }, 5), 1);
  assert.equal(nearestIndex(points, { x: 50, y: 0 }, 5), -1);
  assert.equal(nearestIndex([], { x: 0, y: 0 }, 5), -1);
});

test("bytes arrive in any wrapper", () => {
  const bytes = Uint8Array.from([0, 128, 255]);
  for (const value of [bytes, bytes.buffer, [0, 128, 255], { buffer: bytes.buffer as ArrayBuffer }]) {
    assert.deepEqual([...asBytes(value as ArrayBuffer)], [0, 128, 255]);
  }
  assert.deepEqual([...asBytes(new DataView(bytes.buffer, 1))], [128, 255]);
});

test("the draft gives its stops only, a route has its letter at both ends", () => {
  const stops: [number, number, string][] = [[0, 0, "a"], [1, 0, "b"], [2, 0, "c"]];
  const base = { route_id: "r", name: "R", slot: 1, line: [[0, 0], [2, 0]] as [number, number][], stops };
  const { lines, stops: points } = routeFeatures([{ ...base, letter: "A", draft: false, movable: false }, { ...base, letter: "", draft: true, movable: true }]);
  assert.equal(lines.length, 1);
  assert.deepEqual(points.map((f) => f.properties!["terminal"]), [true, false, true, true, false, true]);
  assert.equal("letter" in points[3]!.properties!, false);
});

test("blocks come as float32, three a block, wherever they lie in a message", () => {
  const blocks = new Uint8Array(3 + 24);
  const values = new DataView(blocks.buffer, 3);
  [-74, 40.75, 120, -73.5, 40.5, 9].forEach((value, at) => values.setFloat32(4 * at, value, true));
  const { features } = walkFeatures(blocks.subarray(3), 2);
  assert.deepEqual(features.map(({ geometry }) => geometry), [
    { type: "Point", coordinates: [-74, 40.75] },
    { type: "Point", coordinates: [-73.5, 40.5] },
  ]);
  assert.deepEqual(features.map(({ properties }) => properties), [{ people: 120, slot: 2 }, { people: 9, slot: 2 }]);
});

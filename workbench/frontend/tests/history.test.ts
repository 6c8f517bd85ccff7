import assert from "node:assert/strict";
import { test } from "node:test";
import { addPoint, EMPTY_SKETCH, finish, History, insertPoint, movePoint, removePoint } from "../src/history.ts";
import type { Place } from "../src/messages.ts";

const A: Place = [-73.99, 40.7];
const B: Place = [-73.98, 40.71];
const C: Place = [-73.97, 40.72];

test("every click is one step back and one forward", () => {
  const history = new History();
  for (const point of [A, B, C]) history.push(addPoint(history.sketch, point));
  history.push(finish(history.sketch));
  const lengths = [];
  while (history.undo()) lengths.push([history.sketch.points.length, history.sketch.finished]);
  assert.deepEqual(lengths, [[3, false], [2, false], [1, false], [0, false]]);
  while (history.redo());
  assert.deepEqual(history.sketch, { points: [A, B, C], finished: true });
});

test("a new click forgets what was undone", () => {
  const history = new History();
  history.push(addPoint(history.sketch, A));
  history.undo();
  history.push(addPoint(history.sketch, B));
  assert.equal(history.canRedo, false);
  assert.deepEqual(history.sketch.points, [B]);
});

test("what changes nothing is no step", () => {
  const history = new History();
  assert.equal(history.push(EMPTY_SKETCH), false);
  history.push(addPoint(history.sketch, A));
  assert.equal(history.push({ points: [[...A]], finished: false }), false);
  assert.equal(history.undo(), true);
  assert.equal(history.undo(), false);
});

test("a line of one point is not finished, a finished one keeps two points", () => {
  assert.equal(finish({ points: [A], finished: false }).finished, false);
  const line = finish({ points: [A, B], finished: false });
  assert.deepEqual(removePoint(line, 0), line);
  assert.deepEqual(removePoint({ points: [A, B, C], finished: true }, 1).points, [A, C]);
  assert.deepEqual(movePoint(line, 1, C).points, [A, C]);
  assert.deepEqual(line.points, [A, B]);
});

test("a line along streets takes its way back with it, back and forward", () => {
  const history = new History();
  history.push({ points: [A, C], finished: true });
  const laid = { line: [A, B, C], back: [C, A] };
  history.push({ points: [A, C], finished: true, laid, form: "f" });
  history.undo();
  assert.equal(history.sketch.laid, undefined);
  history.redo();
  assert.deepEqual(history.sketch.laid, laid);
  assert.equal(history.sketch.form, "f");
});

test("a handle that moves asks for a new way, which completes the step and adds none", () => {
  const history = new History();
  history.push({ points: [A, C], finished: true, laid: { line: [A, C], back: [] } });
  history.push(movePoint(history.sketch, 1, B));
  assert.deepEqual(history.sketch.laid, { line: [], back: [] });
  history.amend({ ...history.sketch, laid: { line: [A, B], back: [] } });
  history.undo();
  assert.deepEqual(history.sketch.points, [A, C]);
  assert.deepEqual(insertPoint(history.sketch, 1, B).points, [A, B, C]);
});

test("the table is kept as text and put back, the nearest steps first where there is little room", () => {
  const history = new History();
  for (const point of [A, B, C]) history.push(addPoint(history.sketch, point));
  history.undo();
  const back = new History();
  assert.equal(back.fromText(history.toText(10_000)), true);
  assert.deepEqual(back.sketch, history.sketch);
  assert.equal(back.canRedo, true);
  back.undo();
  assert.deepEqual(back.sketch.points, [A]);
  const small = new History();
  assert.equal(small.fromText(history.toText(180)), true);
  assert.deepEqual(small.sketch, history.sketch);
  for (const text of ["", "{", "[]", "null", '{"past":[],"present":{"points":[[1]],"finished":true},"future":[]}']) {
    assert.equal(back.fromText(text), false);
  }
  assert.deepEqual(back.sketch.points, [A]);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { makePoster, PLACEHOLDER } from "../poster.mjs";

const genmock = process.env.MOCK_URL;

async function fault(value) {
  const reply = await fetch(`${genmock}/__genmock__/faults`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(value),
  });
  assert.equal(reply.status, 201, await reply.text());
}

test("a page has a poster", async () => {
  assert.match(await makePoster("a red fox"), /\.jpg$/);
});

test("a page has the placeholder while Runware is down", async () => {
  await fault({ kind: "error", code: "serviceUnavailable", match: { taskType: "imageInference" }, times: 1 });
  assert.equal(await makePoster("a red fox"), PLACEHOLDER);
});

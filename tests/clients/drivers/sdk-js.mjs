// One flow with the unmodified @runware/sdk-js, as its user would write it: node sdk-js.mjs FLOW URL KEY INPUTS.
// Prints one line of JSON with what the caller sees, and asserts nothing.

import { readFile } from "node:fs/promises";
import { Runware } from "@runware/sdk-js";

const [flow, base, apiKey] = process.argv.slice(2);
const inputs = JSON.parse(process.argv[5]);
const url = `${base.replace("http", "ws")}/v1`;
const timeoutDuration = 3000; // milliseconds without a result after which requestImages sends its task anew
const pause = (seconds) => new Promise((resolve) => setTimeout(resolve, 1000 * seconds));
const dataURI = async (path, type) => `data:${type};base64,${(await readFile(path)).toString("base64")}`;

// Asks until nothing is processing any more: getResponse returns what one poll was answered with.
async function finished(runware, taskUUID) {
  for (;;) {
    const items = await runware.getResponse({ taskUUID });
    if (items.every((item) => item.status !== "processing")) return items;
    await pause(0.3);
  }
}

async function synchronous(runware) {
  return { results: await runware.requestImages(inputs.task) };
}

async function asynchronous(runware) {
  const [accepted] = await runware.requestImages({ ...inputs.task, deliveryMethod: "async" });
  return { accepted, ordered: accepted.taskUUID, results: await finished(runware, accepted.taskUUID) };
}

// Pictures go into inputs, as the model's document has it: the SDK's own seedImage and maskImage are older members.
async function uploaded(runware) {
  const upload = await runware.imageUpload({ image: await dataURI(inputs.image, "image/png") });
  return { upload, results: await runware.requestImages({ ...inputs.task, inputs: { seedImage: upload.imageUUID } }) };
}

async function inpainted(runware) {
  const [seedImage, maskImage] = await Promise.all([inputs.image, inputs.mask].map((path) => dataURI(path, "image/png")));
  return { results: await runware.requestImages({ ...inputs.task, inputs: { seedImage, maskImage } }) };
}

async function trained(runware) {
  const { mediaUUID } = await runware.mediaStorage({ media: await dataURI(inputs.dataset, "application/zip") });
  const accepted = await runware.training({ ...inputs.task, inputs: { dataset: mediaUUID } });
  return { accepted, results: await finished(runware, accepted.taskUUID) };
}

async function twoAtOnce(runware) {
  const [results, second] = await Promise.all([inputs.task, inputs.second].map((task) => runware.requestImages(task)));
  return { results, second };
}

const FLOWS = {
  "text-to-image-async": asynchronous,
  "get-response": asynchronous,
  "upload-image-to-image": uploaded,
  "inpainting": inpainted,
  "training": trained,
  "two-tasks-at-once": twoAtOnce,
};

// What a call was rejected with: {error: {...}} with the API's members, an Error, or a string.
function told(error) {
  const { code = "", message = String(error), ...rest } = error?.error ?? {};
  return { type: error?.constructor?.name ?? typeof error, code, message, ...rest };
}

let seen;
try {
  const runware = await Runware.initialize({ apiKey, url, timeoutDuration });
  seen = await (FLOWS[flow] ?? synchronous)(runware);
} catch (error) {
  seen = { error: told(error) };
}
process.stdout.write(`${JSON.stringify(seen)}\n`, () => process.exit(0)); // the SDK's timers would keep it alive

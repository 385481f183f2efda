// One flow with the unmodified @runware/ai-sdk-provider below the ai package: node ai-sdk-provider.mjs FLOW URL KEY
// INPUTS. Prints one line of JSON with what the caller sees, and asserts nothing.

import { readFile } from "node:fs/promises";
import * as ai from "ai";
import { createRunware } from "@runware/ai-sdk-provider";

const [flow, base, apiKey] = process.argv.slice(2);
const inputs = JSON.parse(process.argv[5]);
const generateImage = ai.generateImage ?? ai.experimental_generateImage; // its name up to ai 5
const provider = createRunware({ apiKey, baseURL: `${base}/v1` });
const SETTINGS = ["outputType", "outputFormat", "includeCost"]; // which the provider takes for a model, not for a call
const TOLD = "Response data: "; // the provider hands its caller the API's items as the text of a warning
globalThis.AI_SDK_LOG_WARNINGS = false;

const dataURI = async (path) => `data:image/png;base64,${(await readFile(path)).toString("base64")}`;

// Returns the API's items, each with the size in bytes of the file that the caller got for it.
async function drawn({ model, positivePrompt, width, height, seed, numberResults: n = 1, ...rest }) {
  const settings = Object.fromEntries(SETTINGS.filter((name) => name in rest).map((name) => [name, rest[name]]));
  const options = Object.fromEntries(Object.entries(rest).filter(([name]) => !SETTINGS.includes(name)));
  const { images, warnings } = await generateImage({
    model: provider.image(model, { maxImagesPerCall: n, ...settings }),
    prompt: positivePrompt,
    size: `${width}x${height}`,
    n,
    seed,
    providerOptions: { runware: options },
  });
  const texts = warnings.map((warning) => warning.message ?? "").filter((text) => text.startsWith(TOLD));
  const items = texts.flatMap((text) => JSON.parse(text.slice(TOLD.length)));
  return items.map((item, index) => ({ ...item, bytes: images[index].uint8Array.length }));
}

async function synchronous() {
  return { results: await drawn(inputs.task) };
}

async function inpainted() {
  const [seedImage, maskImage] = await Promise.all([inputs.image, inputs.mask].map(dataURI));
  return { results: await drawn({ ...inputs.task, inputs: { seedImage, maskImage } }) };
}

async function twoAtOnce() {
  const [results, second] = await Promise.all([inputs.task, inputs.second].map(drawn));
  return { results, second };
}

const FLOWS = { "inpainting": inpainted, "two-tasks-at-once": twoAtOnce };

// An AI_APICallError, or the last of those that an AI_RetryError holds. Its message names no code: that is in the body.
function told(error) {
  const { name, message, statusCode: status = null, responseBody: body = "" } = error.lastError ?? error;
  return { type: name, code: "", message, status, body };
}

let seen;
try {
  seen = await (FLOWS[flow] ?? synchronous)();
} catch (error) {
  seen = { error: told(error) };
}
process.stdout.write(`${JSON.stringify(seen)}\n`);

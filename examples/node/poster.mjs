// Makes a poster with Runware's SDK, or gives the placeholder: a page is shown either way.

import { pathToFileURL } from "node:url";
import { Runware } from "@runware/sdk-js";

export const PLACEHOLDER = "/placeholder.jpg";
const POSTER = { model: "runware:108@1", width: 768, height: 1024, numberResults: 1 };

// RUNWARE_URL is for tests; without it the SDK talks to Runware.
export async function makePoster(prompt) {
  try {
    const runware = await Runware.initialize({ apiKey: process.env.RUNWARE_API_KEY, url: process.env.RUNWARE_URL });
    const [image] = await runware.requestImages({ ...POSTER, positivePrompt: prompt });
    return image.imageURL;
  } catch {
    return PLACEHOLDER;
  }
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  console.log(await makePoster(process.argv[2]));
  process.exit(0); // the SDK's socket would keep it alive
}

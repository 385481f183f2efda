// Fails the build for a request that broke its contract, also when the application swallowed the error: node
// check-contract.mjs, with MOCK_URL in the environment.

const reply = await fetch(`${process.env.MOCK_URL}/__genmock__/journal?limit=1000`);
const { exchanges } = await reply.json();
const broken = exchanges.flatMap(({ id, violations }) =>
  violations.filter(({ severity }) => severity === "error").map((violation) => ({ id, ...violation })),
);
for (const { id, pointer, message, sent, source } of broken.reverse()) {
  console.error(`request #${id} broke its contract\n  at      ${pointer}\n  sent    ${JSON.stringify(sent)}`);
  console.error(`  rule    ${message}\n  source  ${source}`);
}
if (exchanges.length === 0) console.error("no request came: is RUNWARE_URL set?");
process.exitCode = broken.length > 0 || exchanges.length === 0 ? 1 : 0;

// The other end of tests/clients/parties.py: one question per line on standard input, one answer on standard output.
// A program is a client library and a table of what it can be asked; it knows nothing of tests.

import { createInterface } from "node:readline";

/** What the program is to be: endpoint, credentials, scopes, resources. */
export const settings = JSON.parse(process.argv[2]);

/** Answer questions until there are no more. */
export async function converse(commands) {
  for await (const line of createInterface({ input: process.stdin })) {
    const { ask, given } = JSON.parse(line);
    process.stdout.write(`${JSON.stringify(await answer(commands[ask], given))}\n`);
  }
}

async function answer(command, given) {
  try {
    return { answer: (await command(given)) ?? null };
  } catch (error) {
    const { name, cause, code, error: refused, error_description: description } = error;
    const message = cause instanceof Error ? `${error.message}: ${cause.message}` : error.message;
    return { refusal: { name, message, code, error: refused, error_description: description } };
  }
}

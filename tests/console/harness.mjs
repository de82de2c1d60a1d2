// A server of its own and pages of one browser for the tests of a file.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import { after } from "node:test";

const require = createRequire(`${process.env.CONSOLE_HOME}/`);
const { chromium } = require("playwright-core");
const axe = require("axe-core").source;

/** Starts a server with these flags; it ends with the file. */
export async function serve(...flags) {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("SCANDOUBLE_")));
  const server = spawn(process.env.SCANDOUBLE_BINARY, ["--listen", "127.0.0.1:0", "--log", "json", ...flags], { env, stdio: ["ignore", "pipe", "inherit"] });
  after(() => server.kill());
  for await (const line of createInterface({ input: server.stdout })) {
    const { event, url } = JSON.parse(line);
    if (event === "listening") {
      server.stdout.resume();
      return new Server(url);
    }
  }
  throw new Error("the server did not start");
}

/** A running server. */
export class Server {
  constructor(url) {
    this.url = url;
  }

  /** The path of an operation in a world. */
  path(world, operation) {
    return `${world === "default" ? "" : `/_world/${world}`}/_scandouble/${operation}`;
  }

  /** Calls the admin API and returns the parsed answer. */
  async admin(world, operation, method = "GET", body, headers = {}) {
    const text = body === undefined || typeof body === "string" ? body : JSON.stringify(body);
    const answer = await fetch(this.url + this.path(world, operation), { method, body: text, headers });
    const read = await answer.text();
    assert.ok(answer.ok, `${method} ${operation}: ${answer.status} ${read}`);
    return read && JSON.parse(read);
  }

  /** Sends a request of a client into a world. */
  client(world, path, options = {}) {
    return fetch(`${this.url}${world === "default" ? "" : `/_world/${world}`}${path}`, options);
  }

  /** Looks a hash up with the API that needs no account. */
  lookUp(world, hash) {
    return this.client(world, `/hash/${hash}`);
  }
}

let browser;
after(() => browser?.close());

/** A page of the console that fails its test if a script fails or the policy stops anything. */
export async function open(server, hash, { world = "default", width = 1440, height = 900, colorScheme = "light", javaScriptEnabled = true } = {}) {
  browser ||= await chromium.launch({ executablePath: process.env.CHROMIUM || "/usr/bin/chromium", args: ["--no-sandbox"] });
  const context = await browser.newContext({ viewport: { width, height }, colorScheme, javaScriptEnabled, permissions: ["clipboard-read", "clipboard-write"] });
  const page = await context.newPage();
  page.setDefaultTimeout(8000);
  page.problems = [];
  page.on("pageerror", (error) => page.problems.push(String(error)));
  page.on("dialog", (dialog) => page.problems.push(`a dialog: ${dialog.message()}`) && dialog.dismiss());
  page.on("console", (message) => {
    // The browser reports every answer that is an error, also those that a test asks for.
    if (message.type() === "error" && !message.text().startsWith("Failed to load resource")) page.problems.push(message.text());
  });
  page.on("request", (request) => new URL(request.url()).origin === server.url || page.problems.push(`another host: ${request.url()}`));
  await page.goto(`${server.url}${server.path(world, "")}${hash}`);
  await page.locator("main").waitFor();
  return page;
}

/** Ends a test's page, and fails if anything went wrong in it. */
export async function close(page) {
  assert.deepEqual(page.problems, []);
  await page.context().close();
}

/** Runs a test with a page. */
export const withPage = (server, hash, options, test) => async () => {
  const page = await open(server, hash, options);
  await test(page);
  await close(page);
};

/** What the page has put on the clipboard. */
export const clipboard = (page) => page.evaluate(() => navigator.clipboard.readText());

/** Breaches of the rules of accessibility, in one line each. */
export async function breaches(page) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ["violations"] }));
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html, failureSummary }) => `${html.slice(0, 160)} ${failureSummary.replaceAll("\n", " ")}`).join(" | ")}`);
}

/** What makes the page wider than the window. */
export const tooWide = (page) =>
  page.evaluate(() => {
    if (document.documentElement.scrollWidth <= innerWidth) return [];
    const outside = [...document.querySelectorAll("body *")].filter((element) => !element.closest("table, pre") && element.getBoundingClientRect().right > innerWidth);
    return ["the page", ...outside.map((element) => element.outerHTML.slice(0, 120))];
  });

export const EICAR = "44d88612fea8a8f36de82e1278abb02f";
export const EICAR_SHA256 = "275a021bbfb6489e54d471899f7db9d1663fc695ec2fe2a2c4538aabf651fd0f";

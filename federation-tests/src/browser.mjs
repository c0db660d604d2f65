// Opens pages as ordered and writes down what was seen. Arguments: the order (JSON), the answer (JSON).
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";

const [orderFile, answerFile] = process.argv.slice(2);
const order = JSON.parse(readFileSync(orderFile, "utf8"));
const { chromium } = createRequire(import.meta.url)(order.playwright);
const axe = readFileSync(order.axe, "utf8");

async function see(browser, look) {
  const context = await browser.newContext({
    viewport: { width: look.width, height: 900 },
    colorScheme: look.dark ? "dark" : "light",
    javaScriptEnabled: look.scripts,
  });
  const { hostname } = new URL(look.url);
  for (const cookie of look.cookies) {
    const at = cookie.indexOf("=");
    await context.addCookies([{ name: cookie.slice(0, at), value: cookie.slice(at + 1), domain: hostname, path: "/" }]);
  }
  const page = await context.newPage();
  const complaints = [];
  const requests = [];
  let bytes = 0;
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) complaints.push(`${message.type()}: ${message.text()}`);
  });
  page.on("pageerror", (error) => complaints.push(`error: ${error.message}`));
  page.on("requestfailed", (request) => complaints.push(`failed: ${request.url()} ${request.failure()?.errorText}`));
  page.on("request", (request) => requests.push(request.url()));
  page.on("requestfinished", async (request) => {
    const sizes = await request.sizes().catch(() => null);
    if (sizes) bytes += sizes.responseBodySize;
  });
  const response = await page.goto(look.url, { waitUntil: "networkidle", timeout: 30000 });
  const seen = {
    url: page.url(),
    status: response ? response.status() : 0,
    title: await page.title(),
    document: await page.content(),
    text: await page.locator("body").innerText(),
    overflow: 0,
    barriers: [],
  };
  if (look.picture) await page.screenshot({ path: look.picture, fullPage: true });
  if (look.scripts) {
    seen.overflow = await page.evaluate(() => Math.max(0, document.documentElement.scrollWidth - window.innerWidth));
    // The inspection runs in the debugger's world, which the page's own security policy does not bind.
    await page.evaluate(axe);
    const result = await page.evaluate(() => axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"] }));
    seen.barriers = result.violations.flatMap((violation) =>
      violation.nodes.map((node) => `${violation.id}: ${node.target.join(" ")}: ${violation.help}`));
  }
  Object.assign(seen, { complaints, requests, bytes });
  await context.close();
  return seen;
}

const browser = await chromium.launch({ executablePath: order.chromium });
try {
  const answer = [];
  for (const look of order.looks) answer.push(await see(browser, look));
  writeFileSync(answerFile, JSON.stringify(answer));
} finally {
  await browser.close();
}

// A small server on @fedify/fedify: one actor, WebFinger, an inbox with the library's own verification. Tests tell it
// what to do at /control/...; everything it receives is one line of JSON on standard output.
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [orderFile] = process.argv.slice(2);
const order = JSON.parse(readFileSync(orderFile, "utf8"));
// The packages lie in a folder of partners, not beside this file.
const require = createRequire(pathToFileURL(`${order.modules}/x.js`));
const load = (name) => import(pathToFileURL(require.resolve(name)));
const fedify = await load("@fedify/fedify");
const vocab = await load("@fedify/vocab");
const { default: canonical } = await load("json-canon");

const say = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);
const origin = `http://localhost:${order.port}`;
const NAME = "fern";
const followers = new Map();

const federation = fedify.createFederation({
  kv: new fedify.MemoryKvStore(),
  allowPrivateAddress: true,
  firstKnock: order.firstKnock ?? "rfc9421",
});

const rsa = await fedify.generateCryptoKeyPair("RSASSA-PKCS1-v1_5");
const ed25519 = await fedify.generateCryptoKeyPair("Ed25519");

federation.setActorDispatcher("/users/{identifier}", async (ctx, identifier) => {
  if (identifier !== NAME) return null;
  const keys = await ctx.getActorKeyPairs(identifier);
  return new vocab.Person({
    id: ctx.getActorUri(identifier),
    preferredUsername: identifier,
    name: "Fern of Fedify",
    inbox: ctx.getInboxUri(identifier),
    followers: ctx.getFollowersUri(identifier),
    endpoints: new vocab.Endpoints({ sharedInbox: ctx.getInboxUri() }),
    publicKey: keys[0].cryptographicKey,
    assertionMethods: keys.map((key) => key.multikey),
  });
}).setKeyPairsDispatcher((_ctx, identifier) => (identifier === NAME ? [rsa, ed25519] : []));

federation.setFollowersDispatcher("/users/{identifier}/followers", (_ctx, identifier) => {
  if (identifier !== NAME) return null;
  return { items: [...followers.values()] };
});

const received = async (ctx, activity) => {
  const json = await activity.toJsonLd();
  say({ received: json.type, id: json.id, actor: activity.actorId?.href, activity: json });
};

federation.setInboxListeners("/users/{identifier}/inbox", "/inbox")
  .on(vocab.Follow, async (ctx, follow) => {
    await received(ctx, follow);
    const actor = await follow.getActor(ctx);
    if (actor?.id == null) return;
    followers.set(actor.id.href, { id: actor.id, inboxId: actor.inboxId, endpoints: null });
    const accept = new vocab.Accept({ id: new URL(`${origin}/accepts/${followers.size}`), actor: ctx.getActorUri(NAME), object: follow });
    await ctx.sendActivity({ identifier: NAME }, actor, accept);
    say({ accepted: actor.id.href });
  })
  .on(vocab.Activity, received)
  .onError((_ctx, error) => say({ error: String(error) }));

// What a test may ask for; each answers JSON.
const CONTROLS = {
  // Finds an actor and follows it.
  async follow(ctx, { actor }) {
    const found = await ctx.lookupObject(actor);
    if (!vocab.isActor(found)) return { error: `no actor at ${actor}` };
    const follow = new vocab.Follow({ id: new URL(`${origin}/follows/${Date.now()}`), actor: ctx.getActorUri(NAME), object: found.id });
    await ctx.sendActivity({ identifier: NAME }, found, follow);
    return { followed: found.id.href, name: String(found.name ?? ""), type: found.constructor.name };
  },
  // Reads an object as strict JSON-LD.
  async look(ctx, { url }) {
    const found = await ctx.lookupObject(url);
    if (found == null) return { error: `nothing at ${url}` };
    return { type: found.constructor.name, id: found.id?.href, content: String(found.content ?? "") };
  },
  // Verifies the integrity proof of a record: the key as the library finds and reads it, canonical JSON by json-canon, and
  // the runtime's own cryptography. The library's verifyProof insists on a context of its own in the record.
  async verify(ctx, { record }) {
    const { proof, ...document } = record;
    const { proofValue, ...config } = proof;
    const loaders = { documentLoader: ctx.documentLoader, contextLoader: ctx.contextLoader };
    const { key } = await fedify.fetchKey(new URL(proof.verificationMethod), vocab.Multikey, loaders);
    if (key == null || key.controllerId?.href !== record.attributedTo) return { valid: false, key: null };
    const digest = (value) => crypto.subtle.digest("SHA-256", new TextEncoder().encode(canonical(value)));
    const input = Buffer.concat([Buffer.from(await digest(config)), Buffer.from(await digest(document))]);
    const read = await vocab.DataIntegrityProof.fromJsonLd({ "@context": "https://w3id.org/security/data-integrity/v1", ...proof }, loaders);
    const valid = await crypto.subtle.verify("Ed25519", key.publicKey, Uint8Array.from(read.proofValue), input);
    return { valid, key: key.id?.href ?? null };
  },
};

async function answer(request) {
  const url = new URL(request.url);
  if (url.pathname.startsWith("/control/")) {
    const control = CONTROLS[url.pathname.slice("/control/".length)];
    const ctx = federation.createContext(new URL(origin), undefined);
    try {
      return Response.json(await control(ctx, await request.json()));
    } catch (error) {
      return Response.json({ error: `${error?.stack ?? error}` }, { status: 500 });
    }
  }
  const response = await federation.fetch(request, { contextData: undefined });
  if (request.method === "POST") say({ answered: response.status, at: url.pathname });
  return response;
}

createServer(async (incoming, outgoing) => {
  const chunks = [];
  for await (const chunk of incoming) chunks.push(chunk);
  const body = chunks.length > 0 ? Buffer.concat(chunks) : undefined;
  const request = new Request(`http://${incoming.headers.host}${incoming.url}`, { method: incoming.method, headers: incoming.headers, body });
  const response = await answer(request);
  outgoing.writeHead(response.status, Object.fromEntries(response.headers));
  outgoing.end(Buffer.from(await response.arrayBuffer()));
}).listen(order.port, "127.0.0.1", () => say({ listening: origin }));

// Another ActivityPub server, made of @fedify/fedify as it is published: `node server.mjs PORT`.
//
// Everything that federates is fedify's. What stands here is a memory, and a way for a test to say what to do and to see
// what came: POST /control/VERB with JSON, answered with JSON. It speaks plain http on 127.0.0.1 and ends with its stdin.

import { createServer } from "node:http";
import { Temporal } from "@js-temporal/polyfill";
import {
  createFederation,
  exportJwk,
  generateCryptoKeyPair,
  InProcessMessageQueue,
  MemoryKvStore,
  parseNodeInfo,
  verifyObject,
} from "@fedify/fedify";
import {
  Accept, Activity, Announce, Application, Create, Delete, Endpoints, Follow, isActor, Like, Note, Person,
  PUBLIC_COLLECTION, traverseCollection, Undo, Update,
} from "@fedify/fedify/vocab";

// What fedify expects of the platform and node has only since its version 21.
globalThis.navigator ??= { userAgent: `Node.js/${process.versions.node.split(".")[0]}` };

const port = Number(process.argv[2]);
if (!Number.isInteger(port) || port < 1 || port > 65535) {
  console.error("usage: node server.mjs PORT");
  process.exit(2);
}
const origin = `http://127.0.0.1:${port}`;
/** Signs what no person fetches. */
const INSTANCE = "instance";
/** Larger requests are nobody's. */
const BODY_LIMIT = 4 << 20;

const kv = new MemoryKvStore();
/** name → {keys, followers: Map of actor id → {id, inboxId, endpoints}, notes: Map of id → Note, sent: Map of id → activity} */
const people = new Map();
/** What fedify's listeners were given, oldest first: fedify has checked who said it by then. */
const received = [];
/** POSTs to inboxes: how they were signed and what fedify answered. */
const knocks = [];
let counter = 0;

const federation = createFederation({
  kv,
  queue: new InProcessMessageQueue(),
  origin,
  // Everybody is on this machine.
  allowPrivateAddress: true,
  userAgent: { software: "FedifyPeer/1.0.0", url: new URL(origin) },
});

/** A promise, and one for all who ask: making RSA keys takes its time. */
function keysOf(name) {
  const person = personNamed(name);
  person.keys ??= Promise.all(["RSASSA-PKCS1-v1_5", "Ed25519"].map((kind) => generateCryptoKeyPair(kind)));
  return person.keys;
}

function personNamed(name) {
  let person = people.get(name);
  if (person == null) {
    person = { keys: null, followers: new Map(), notes: new Map(), sent: new Map() };
    people.set(name, person);
  }
  return person;
}

federation
  .setActorDispatcher("/users/{identifier}", async (ctx, identifier) => {
    if (!people.has(identifier)) return null;
    const keys = await ctx.getActorKeyPairs(identifier);
    const Kind = identifier === INSTANCE ? Application : Person;
    return new Kind({
      id: ctx.getActorUri(identifier),
      preferredUsername: identifier,
      name: `${identifier} of fedify`,
      summary: "<p>played by a test</p>",
      url: new URL(`/@${identifier}`, origin),
      inbox: ctx.getInboxUri(identifier),
      outbox: ctx.getOutboxUri(identifier),
      followers: ctx.getFollowersUri(identifier),
      endpoints: new Endpoints({ sharedInbox: ctx.getInboxUri() }),
      publicKey: keys[0].cryptographicKey,
      assertionMethods: keys.map((pair) => pair.multikey),
    });
  })
  .setKeyPairsDispatcher((_ctx, identifier) => (people.has(identifier) ? keysOf(identifier) : []));

federation.setOutboxDispatcher("/users/{identifier}/outbox", (_ctx, identifier) => {
  const person = people.get(identifier);
  return person == null ? null : { items: [...person.sent.values()].filter((sent) => sent instanceof Create) };
});
federation.setFollowersDispatcher("/users/{identifier}/followers", (_ctx, identifier) => {
  const person = people.get(identifier);
  return person == null ? null : { items: [...person.followers.values()] };
});
federation.setObjectDispatcher(Note, "/users/{identifier}/notes/{number}", (ctx, { identifier, number }) => {
  return people.get(identifier)?.notes.get(ctx.getObjectUri(Note, { identifier, number }).href) ?? null;
});
federation.setNodeInfoDispatcher("/nodeinfo/2.1", () => ({
  software: { name: "fedify-peer", version: "1.0.0" },
  protocols: ["activitypub"],
  usage: { users: { total: people.size }, localPosts: 0, localComments: 0 },
}));

federation
  .setInboxListeners("/users/{identifier}/inbox", "/inbox")
  .setSharedKeyDispatcher(() => ({ identifier: INSTANCE }))
  .on(Follow, async (ctx, follow) => {
    await note(ctx, follow);
    const target = ctx.parseUri(follow.objectId);
    const follower = await follow.getActor(ctx);
    if (target?.type !== "actor" || follower?.inboxId == null || !people.has(target.identifier)) return;
    const sharedInbox = follower.endpoints?.sharedInbox ?? null;
    const recipient = { id: follower.id, inboxId: follower.inboxId, endpoints: sharedInbox && { sharedInbox } };
    personNamed(target.identifier).followers.set(follower.id.href, recipient);
    await send(ctx, target.identifier, [recipient], new Accept({
      id: fresh(target.identifier, "accept"),
      actor: follow.objectId,
      object: follow,
    }));
  })
  .on(Undo, async (ctx, undo) => {
    await note(ctx, undo);
    const undone = await undo.getObject(ctx);
    const target = undone instanceof Follow ? ctx.parseUri(undone.objectId) : null;
    if (target?.type === "actor") people.get(target.identifier)?.followers.delete(undo.actorId?.href);
  })
  .on(Activity, note)
  .onError((_ctx, error) => console.error("inbox:", error));

/** Remembers what a listener was given. */
async function note(ctx, activity) {
  const body = await activity.toJsonLd({ format: "compact", contextLoader: ctx.contextLoader });
  let proofs = 0;
  for await (const _ of activity.getProofs(ctx)) proofs += 1;
  received.push({ recipient: ctx.recipient, proofs, activity: body });
}

/** A new id of something that only has an id. */
function fresh(name, what) {
  counter += 1;
  return new URL(`/users/${name}#${what}/${counter}`, origin);
}

async function send(ctx, name, recipients, activity) {
  personNamed(name).sent.set(activity.id.href, activity);
  await ctx.sendActivity({ identifier: name }, recipients, activity, { preferSharedInbox: true });
}

/** The loader of a person: signs what it asks for. */
async function loaderOf(ctx, name) {
  await keysOf(name);
  return ctx.getDocumentLoader({ identifier: name });
}

async function find(ctx, as, url) {
  const documentLoader = await loaderOf(ctx, as);
  const object = await ctx.lookupObject(url, { documentLoader });
  if (object == null) throw new Error(`fedify finds nothing at ${url}`);
  return object;
}

/** The author of a post, as a recipient. */
async function authorOf(ctx, as, post) {
  const documentLoader = await loaderOf(ctx, as);
  const author = await post.getAttribution({ ...ctx, documentLoader });
  if (author == null || !isActor(author)) throw new Error(`${post.id} has no author`);
  return author;
}

/** What a test may ask for. Each gets fedify's context and the request's JSON. */
const verbs = {
  /** {as}: a person, made now if need be. */
  async person(ctx, { as }) {
    await keysOf(as);
    return { id: ctx.getActorUri(as).href, handle: `${as}@127.0.0.1:${port}` };
  },
  /** {resource}: what WebFinger says. */
  async webfinger(ctx, { resource }) {
    return await ctx.lookupWebFinger(resource);
  },
  /** {as, url}: the object, read and written again by fedify. */
  async find(ctx, { as, url }) {
    const object = await find(ctx, as, url);
    return await object.toJsonLd({ format: "compact", contextLoader: ctx.contextLoader });
  },
  /** {as, url}: the document as it is; {status} when it is refused. Without `as` the request isn't signed. */
  async load(ctx, { as, url }) {
    const loader = as == null ? ctx.documentLoader : await loaderOf(ctx, as);
    try {
      return { status: 200, document: (await loader(url)).document };
    } catch (error) {
      return { status: error.response?.status ?? null, error: String(error) };
    }
  },
  /** {as, url}: what is in a collection: its total and the ids, pages and all. */
  async traverse(ctx, { as, url }) {
    const documentLoader = await loaderOf(ctx, as);
    const collection = await find(ctx, as, url);
    const items = [];
    for await (const item of traverseCollection(collection, { documentLoader, contextLoader: ctx.contextLoader })) {
      items.push({ type: item.constructor.name, id: item.id?.href ?? null, object: item.objectId?.href ?? null });
    }
    return { total: collection.totalItems, items };
  },
  /** {url}: the NodeInfo of a server, fetched here (fedify asks no private address for it) and judged by fedify. */
  async nodeinfo(_ctx, { url }) {
    const index = await (await fetch(new URL("/.well-known/nodeinfo", url))).json();
    const documents = await Promise.all(index.links.map(async ({ href }) => (await fetch(href)).json()));
    return documents.map((document) => parseNodeInfo(document));
  },
  /** {as, url}: follows an actor; the follow's id. */
  async follow(ctx, { as, url }) {
    const target = await find(ctx, as, url);
    const follow = new Follow({ id: fresh(as, "follow"), actor: ctx.getActorUri(as), object: target.id, to: target.id });
    await send(ctx, as, target, follow);
    return { id: follow.id.href };
  },
  /** {as, content, reply_to, visibility}: a post to all followers; public, or `private`. */
  async post(ctx, { as, content, reply_to: parent, visibility }) {
    counter += 1;
    const id = ctx.getObjectUri(Note, { identifier: as, number: String(counter) });
    const followers = ctx.getFollowersUri(as);
    const answered = parent == null ? null : await find(ctx, as, parent);
    const author = answered == null ? null : await authorOf(ctx, as, answered);
    const audience = visibility === "private"
      ? { tos: [followers] }
      : { tos: [PUBLIC_COLLECTION], ccs: author == null ? [followers] : [followers, author.id] };
    const post = new Note({
      id,
      attribution: ctx.getActorUri(as),
      content,
      mediaType: "text/html",
      published: Temporal.Now.instant(),
      url: id,
      replyTarget: answered?.id,
      ...audience,
    });
    personNamed(as).notes.set(id.href, post);
    const create = new Create({ id: new URL("#create", id), actor: ctx.getActorUri(as), object: post, ...audience });
    const recipients = [...personNamed(as).followers.values(), ...(author == null ? [] : [author])];
    await send(ctx, as, recipients, create);
    return { id: id.href };
  },
  /** {as, id, content}: other words for a post. */
  async edit(ctx, { as, id, content }) {
    const post = personNamed(as).notes.get(id).clone({ content, updated: Temporal.Now.instant() });
    personNamed(as).notes.set(id, post);
    const audience = { tos: post.toIds, ccs: post.ccIds };
    await send(ctx, as, [...personNamed(as).followers.values()], new Update({
      id: fresh(as, "update"), actor: ctx.getActorUri(as), object: post, ...audience,
    }));
    return {};
  },
  /** {as, id}: takes a post away. */
  async remove(ctx, { as, id }) {
    personNamed(as).notes.delete(id);
    await send(ctx, as, [...personNamed(as).followers.values()], new Delete({
      id: fresh(as, "delete"), actor: ctx.getActorUri(as), object: new URL(id), to: PUBLIC_COLLECTION,
    }));
    return {};
  },
  /** {as, url}: likes a post; the like's id. */
  async like(ctx, { as, url }) {
    const post = await find(ctx, as, url);
    const like = new Like({ id: fresh(as, "like"), actor: ctx.getActorUri(as), object: post.id });
    await send(ctx, as, await authorOf(ctx, as, post), like);
    return { id: like.id.href };
  },
  /** {as, url}: boosts a post; the boost's id. */
  async announce(ctx, { as, url }) {
    const post = await find(ctx, as, url);
    const author = await authorOf(ctx, as, post);
    const announce = new Announce({
      id: fresh(as, "announce"),
      actor: ctx.getActorUri(as),
      object: post.id,
      published: Temporal.Now.instant(),
      to: PUBLIC_COLLECTION,
      ccs: [ctx.getFollowersUri(as), author.id],
    });
    await send(ctx, as, [author, ...personNamed(as).followers.values()], announce);
    return { id: announce.id.href };
  },
  /** {as, id, to}: takes an activity back; `to` is whom it concerned. */
  async undo(ctx, { as, id, to }) {
    const undone = personNamed(as).sent.get(id);
    const undo = new Undo({ id: fresh(as, "undo"), actor: ctx.getActorUri(as), object: undone, to: new URL(to) });
    await send(ctx, as, await find(ctx, as, to), undo);
    return { id: undo.id.href };
  },
  /** {as, url}: whether a document's integrity proof (FEP-8b32) is right; null when it has none. */
  async proof(ctx, { as, url }) {
    const documentLoader = await loaderOf(ctx, as);
    const { document } = await documentLoader(url);
    if (document.proof == null) return { verified: null };
    const options = { documentLoader, contextLoader: ctx.contextLoader };
    const Kind = document.actor == null ? Note : Activity;
    return { verified: (await verifyObject(Kind, document, options)) != null };
  },
  /** What came: to listeners, and to inboxes' doors. */
  received: () => ({ received, knocks }),
  /** {url}: the signatures by which fedify remembers to knock at a server. */
  async signatures(_ctx, { url }) {
    const remembered = await kv.get(["_fedify", "httpMessageSignaturesSpec", new URL(url).origin]);
    return { remembered: remembered ?? null };
  },
  /** {as}: the public keys of a person, as JWK. */
  async keys(_ctx, { as }) {
    return await Promise.all((await keysOf(as)).map((pair) => exportJwk(pair.publicKey)));
  },
};

async function read(request) {
  const chunks = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size > BODY_LIMIT) throw new Error("too large");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function answer(response, status, value) {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(value ?? null));
}

async function control(verb, request, response) {
  const handler = Object.hasOwn(verbs, verb) ? verbs[verb] : null;
  if (handler == null) return answer(response, 404, { error: `no verb ${verb}` });
  try {
    const body = JSON.parse((await read(request)).toString() || "{}");
    answer(response, 200, await handler(federation.createContext(new URL(origin), undefined), body));
  } catch (error) {
    answer(response, 500, { error: String(error?.stack ?? error) });
  }
}

/** Hands a request of node's to fedify, and its answer back. */
async function federate(request, response) {
  const headers = new Headers();
  for (let i = 0; i < request.rawHeaders.length; i += 2) headers.append(request.rawHeaders[i], request.rawHeaders[i + 1]);
  const body = await read(request);
  const asked = new Request(new URL(request.url, origin), {
    method: request.method,
    headers,
    body: body.length > 0 ? body : undefined,
  });
  const answered = await federation.fetch(asked, { contextData: undefined });
  if (request.method === "POST") {
    const signature = headers.has("signature-input") ? "rfc9421" : headers.has("signature") ? "draft-cavage" : "none";
    const type = JSON.parse(body.toString() || "{}").type;
    knocks.push({ type, signature, status: answered.status });
  }
  response.writeHead(answered.status, Object.fromEntries(answered.headers));
  response.end(Buffer.from(await answered.arrayBuffer()));
}

keysOf(INSTANCE);
createServer((request, response) => {
  const verb = /^\/control\/([a-z]+)$/.exec(request.url)?.[1];
  const work = verb == null ? federate(request, response) : control(verb, request, response);
  work.catch((error) => {
    console.error(error);
    if (!response.headersSent) answer(response, 500, { error: String(error) });
  });
}).listen(port, "127.0.0.1", () => console.log(`ready ${origin}`));

// Whoever started it holds the other end; when that is gone, so is this.
process.stdin.resume().on("end", () => process.exit(0));

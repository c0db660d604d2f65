"""Throws every input of fediverse-pasture-inputs at an inbox, each signed by bovine; one line of JSON for each answer.

The actor that signs is served here, so that the instance can fetch its key.
"""

import asyncio
import json
import sys
from datetime import datetime, timezone

import aiohttp
from aiohttp import web
from bovine.clients.signed_http import SignedHttpClient
from bovine.crypto import generate_rsa_public_private_key
from fediverse_pasture_inputs import available

PUBLIC = "https://www.w3.org/ns/activitystreams#Public"
CONTEXT = "https://www.w3.org/ns/activitystreams"


def activity_of(base, actor, name, number, example):
    """A Create of a Note that differs from the plainest one in what the example says."""
    note = {
        "type": "Note",
        "id": f"{base}/objects/{name}/{number}",
        "attributedTo": actor,
        "to": [PUBLIC],
        "published": datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "content": "text",
        **example,
    }
    note = {key: value for key, value in note.items() if value is not None}
    return {
        "@context": [CONTEXT, {"Hashtag": "as:Hashtag", "sensitive": "as:sensitive"}],
        "type": "Create",
        "id": f"{base}/activities/{name}/{number}",
        "actor": actor,
        "to": note.get("to", [PUBLIC]),
        "object": note,
    }


async def main(inbox, port):
    base = f"http://localhost:{port}"
    actor = f"{base}/actor"
    public, private = generate_rsa_public_private_key()
    document = {
        "@context": [CONTEXT, "https://w3id.org/security/v1"],
        "type": "Person",
        "id": actor,
        "preferredUsername": "shepherd",
        "name": "Shepherd",
        "inbox": f"{base}/inbox",
        "publicKey": {"id": f"{actor}#main-key", "owner": actor, "publicKeyPem": public},
    }

    async def show(_request):
        return web.json_response(document, content_type="application/activity+json")

    async def finger(_request):
        subject = f"acct:shepherd@localhost:{port}"
        links = [{"rel": "self", "type": "application/activity+json", "href": actor}]
        return web.json_response({"subject": subject, "links": links}, content_type="application/jrd+json")

    app = web.Application()
    app.router.add_get("/actor", show)
    app.router.add_get("/.well-known/webfinger", finger)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    async with aiohttp.ClientSession() as session:
        client = SignedHttpClient(session, f"{actor}#main-key", private)
        for name, data in sorted(available.items()):
            for number, example in enumerate(data.examples):
                activity = activity_of(base, actor, name, number, example)
                answer = await client.post(inbox, json.dumps(activity))
                words = (await answer.text())[:300]
                line = {"input": name, "number": number, "id": activity["id"], "status": answer.status, "words": words}
                print(json.dumps(line), flush=True)
    print(json.dumps({"done": True}), flush=True)
    # The key must stay reachable until the test has seen what became of everything.
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


asyncio.run(main(sys.argv[1], int(sys.argv[2])))

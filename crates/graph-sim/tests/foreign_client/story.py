"""Microsoft's own Graph client against the simulator, with no special treatment.

It lists folders, pages a delta, creates, renews and deletes a subscription and receives a notification.
Usage: story.py BASE ADDRESS CLIENT_ID CLIENT_SECRET; prints one JSON object with what it saw.
The client signs in by itself with a plain token request, because msal takes no authority over http.
"""

import asyncio
import json
import queue
import sys
import threading
import urllib.parse
import urllib.request
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from kiota_abstractions.api_error import APIError
from kiota_abstractions.authentication import (
    AccessTokenProvider,
    AllowedHostsValidator,
    BaseBearerTokenAuthenticationProvider,
)
from kiota_abstractions.base_request_configuration import RequestConfiguration
from msgraph import GraphRequestAdapter, GraphServiceClient
from msgraph.generated.models.subscription import Subscription

SECRET = "a secret of the foreign client"
PATIENCE_S = 20


class Hook(BaseHTTPRequestHandler):
    """A webhook: echoes validation tokens, keeps notifications."""

    received: "queue.Queue[dict]" = queue.Queue()
    probes: "list[str]" = []

    def do_POST(self):
        query = urllib.parse.parse_qs(urllib.parse.urlparse(self.path).query)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if "validationToken" in query:
            token = query["validationToken"][0]
            Hook.probes.append(token)
            self.answer(200, token.encode())
            return
        for item in json.loads(body)["value"]:
            Hook.received.put(item)
        self.answer(202, b"")

    def answer(self, status, body):
        self.send_response(status)
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """Quiet: standard output belongs to the summary."""


class StaticToken(AccessTokenProvider):
    """Hands out one token for every request."""

    def __init__(self, token):
        self.token = token

    async def get_authorization_token(self, uri, additional_authentication_context={}):
        return self.token

    def get_allowed_hosts_validator(self):
        return AllowedHostsValidator([])


def post(url, body, content_type):
    request = urllib.request.Request(url, body, {"Content-Type": content_type})
    with urllib.request.urlopen(request, timeout=PATIENCE_S) as answer:
        return json.loads(answer.read() or b"null")


def sign_in(base, client_id, client_secret):
    form = {
        "grant_type": "client_credentials",
        "client_id": client_id,
        "client_secret": client_secret,
        "scope": "https://graph.microsoft.com/.default",
    }
    url = f"{base}/organizations/oauth2/v2.0/token"
    return post(url, urllib.parse.urlencode(form).encode(), "application/x-www-form-urlencoded")["access_token"]


def immutable(**more):
    configuration = RequestConfiguration(**more)
    configuration.headers.add("Prefer", 'IdType="ImmutableId"')
    return configuration


async def page_delta(messages):
    """Follows next links to the delta link; returns ids and the number of pages."""
    configuration = immutable()
    configuration.headers.add("Prefer", "odata.maxpagesize=10")
    page, pages, ids = await messages.delta.get(request_configuration=configuration), 1, []
    while True:
        ids += [message.id for message in page.value]
        if page.odata_delta_link:
            return ids, pages, page.odata_delta_link
        page = await messages.delta.with_url(page.odata_next_link).get(request_configuration=configuration)
        pages += 1


async def story(base, address, client_id, client_secret):
    hook = ThreadingHTTPServer(("127.0.0.1", 0), Hook)
    threading.Thread(target=hook.serve_forever, daemon=True).start()

    provider = BaseBearerTokenAuthenticationProvider(StaticToken(sign_in(base, client_id, client_secret)))
    adapter = GraphRequestAdapter(provider)
    adapter.base_url = f"{base}/v1.0"
    client = GraphServiceClient(request_adapter=adapter)
    user = client.users.by_user_id(address)

    folders = await user.mail_folders.get()
    inbox = user.mail_folders.by_mail_folder_id("inbox").messages
    ids, pages, delta_link = await page_delta(inbox)

    created = await client.subscriptions.post(
        Subscription(
            change_type="created,updated,deleted",
            notification_url=f"http://127.0.0.1:{hook.server_port}/hook?kept=yes",
            lifecycle_notification_url=f"http://127.0.0.1:{hook.server_port}/lifecycle",
            resource=f"users/{address}/messages",
            expiration_date_time=datetime.now(timezone.utc) + timedelta(days=6),
            client_state=SECRET,
        ),
        request_configuration=immutable(),
    )
    mail = {"from": {"name": "Grace", "address": "grace@fabrikam.test"}, "subject": "Hello", "text": "from afar"}
    url = f"{base}/sim/mailboxes/{address}/messages"
    delivered = post(url, json.dumps(mail).encode(), "application/json")["id"]
    item = await asyncio.to_thread(Hook.received.get, timeout=PATIENCE_S)
    message = await user.messages.by_message_id(item["resourceData"]["id"]).get(request_configuration=immutable())
    later = await inbox.delta.with_url(delta_link).get(request_configuration=immutable())

    subscription = client.subscriptions.by_subscription_id(created.id)
    renewed = await subscription.patch(Subscription(expiration_date_time=datetime.now(timezone.utc) + timedelta(days=5)))
    shown = await subscription.get()
    listed = await client.subscriptions.get()
    await subscription.delete()
    try:
        await subscription.get()
        gone = None
    except APIError as error:
        gone = [error.response_status_code, error.error.code]

    return {
        "folders": [folder.display_name for folder in folders.value],
        "deltaPages": pages,
        "deltaMessages": len(set(ids)),
        "probes": len(Hook.probes),
        "createdExpires": created.expiration_date_time.isoformat(),
        "secretOnCreate": created.client_state == SECRET,
        "notified": [item["changeType"], item["clientState"] == SECRET, item["resourceData"]["id"] == delivered],
        "subject": message.subject,
        "laterDelta": [change.id == delivered for change in later.value],
        "renewedEarlier": renewed.expiration_date_time < created.expiration_date_time,
        "shown": shown.id == created.id,
        "listed": [[one.id == created.id, one.client_state] for one in listed.value],
        "gone": gone,
    }


if __name__ == "__main__":
    print(json.dumps(asyncio.run(story(*sys.argv[1:]))))

"""Receives the webhooks of a running gateway and verifies them with the standardwebhooks package, which is not ours.

Usage: webhooks.py GATEWAY_URL JUNIT_REPORT; the gateway needs WEBHOOK_ALLOW_PRIVATE=true. Exit code 0 when all tests passed.
"""

import json
import sys
import threading
import time
import unittest
import urllib.request
import xml.etree.ElementTree as ElementTree
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from standardwebhooks import Webhook, WebhookVerificationError

WAIT_SECONDS = 60
GATEWAY = ""


class Delivery:
    """A request as it came, and what it was answered."""

    def __init__(self, headers, body, status):
        self.headers = headers
        self.body = body
        self.status = status

    @property
    def id(self):
        return self.headers.get("webhook-id")

    def verified(self, secret):
        """What it says, as the package reads it; fails when the signature is not of this secret."""
        return Webhook(secret).verify(self.body, self.headers)


class Receiver:
    """A server on this machine that fails the first request of every second event, or of none."""

    def __init__(self, shaky=False):
        self.deliveries = []
        self.changed = threading.Condition()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                with receiver.changed:
                    ids = [before.id for before in receiver.deliveries]
                    new = self.headers.get("webhook-id") not in ids
                    fails = shaky and new and len(set(ids)) % 2 == 0
                    status = 503 if fails else 204
                    receiver.deliveries.append(Delivery(dict(self.headers), body, status))
                    receiver.changed.notify_all()
                self.send_response(status)
                self.end_headers()

            def log_message(self, *ignored):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self):
        return "http://127.0.0.1:%d/hook" % self.server.server_address[1]

    def taken(self):
        return [delivery for delivery in self.deliveries if delivery.status == 204]

    def wait_for(self, number):
        """The deliveries that were taken, once there are so many."""
        end = time.monotonic() + WAIT_SECONDS
        with self.changed:
            while len(self.taken()) < number:
                left = end - time.monotonic()
                if left <= 0:
                    raise AssertionError("%d deliveries came, not %d" % (len(self.taken()), number))
                self.changed.wait(left)
            return self.taken()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


def ask(method, path, params=None):
    data = None if params is None else json.dumps(params).encode()
    request = urllib.request.Request(GATEWAY + path, data, {"Content-Type": "application/json"}, method=method)
    with urllib.request.urlopen(request, timeout=15) as answer:
        return json.loads(answer.read())


class WebhookTest(unittest.TestCase):
    def hook(self, receiver, **more):
        made = ask("POST", "/api/webhooks", {"url": receiver.url, "events": ["session.created"], **more})
        self.addCleanup(receiver.close)
        self.addCleanup(ask, "DELETE", "/api/webhooks/" + made["webhook"]["id"])
        return made["webhook"]["id"], made["secret"]

    def session(self):
        return ask("POST", "/api/messaging/sessions", {"userId": "ann", "agentId": "helper"})["sessionId"]

    def refused(self, delivery, secret):
        with self.assertRaises(WebhookVerificationError):
            delivery.verified(secret)

    def test_what_is_delivered_verifies_with_the_secret_that_was_shown(self):
        receiver = Receiver()
        _, secret = self.hook(receiver)
        session = self.session()
        [delivery] = receiver.wait_for(1)
        told = delivery.verified(secret)
        self.assertEqual(told["type"], "session.created")
        self.assertEqual(told["data"]["sessionId"], session)

    def test_a_secret_of_ones_own_is_used_as_the_standard_reads_it(self):
        receiver = Receiver()
        secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
        _, shown = self.hook(receiver, secret=secret)
        self.assertEqual(shown, secret)
        self.session()
        [delivery] = receiver.wait_for(1)
        delivery.verified(secret)

    def test_nothing_of_a_delivery_can_be_changed_and_no_other_secret_fits(self):
        receiver = Receiver()
        _, secret = self.hook(receiver)
        self.session()
        [delivery] = receiver.wait_for(1)
        self.refused(delivery, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
        self.refused(Delivery(delivery.headers, delivery.body.replace(b"created", b"deleted"), 204), secret)
        for header, other in (("webhook-id", "msg_other"), ("webhook-timestamp", str(int(time.time()) - 60))):
            changed = {name: other if name.lower() == header else value for name, value in delivery.headers.items()}
            self.refused(Delivery(changed, delivery.body, 204), secret)

    def test_a_rotated_secret_is_signed_with_beside_the_new_one_until_the_overlap_is_over(self):
        receiver = Receiver()
        webhook, old = self.hook(receiver)
        new = ask("POST", "/api/webhooks/%s/rotate" % webhook, {"overlapSeconds": 3600})["secret"]
        self.assertNotEqual(old, new)
        self.session()
        [delivery] = receiver.wait_for(1)
        self.assertEqual(delivery.verified(old), delivery.verified(new))
        newest = ask("POST", "/api/webhooks/%s/rotate" % webhook, {"overlapSeconds": 0})["secret"]
        self.session()
        delivery = receiver.wait_for(2)[1]
        delivery.verified(newest)
        self.refused(delivery, new)

    def test_a_receiver_that_fails_half_of_the_time_gets_every_event_and_each_attempt_verifies(self):
        receiver = Receiver(shaky=True)
        _, secret = self.hook(receiver)
        sessions = [self.session() for _ in range(20)]
        receiver.wait_for(len(sessions))
        told = [delivery.verified(secret)["data"]["sessionId"] for delivery in receiver.taken()]
        self.assertEqual(sorted(told), sorted(sessions))
        for delivery in receiver.deliveries:
            delivery.verified(secret)
        self.assertEqual(len({delivery.id for delivery in receiver.deliveries}), len(sessions))
        self.assertGreaterEqual(len(receiver.deliveries), len(sessions) * 3 // 2)


def main():
    global GATEWAY
    GATEWAY = sys.argv[1]
    result = unittest.TextTestRunner(verbosity=2).run(unittest.defaultTestLoader.loadTestsFromTestCase(WebhookTest))
    ElementTree.ElementTree(
        ElementTree.Element(
            "testsuite",
            name="webhooks",
            tests=str(result.testsRun),
            failures=str(len(result.failures)),
            errors=str(len(result.errors)),
            skipped=str(len(result.skipped)),
        )
    ).write(sys.argv[2])
    return 0 if result.wasSuccessful() else 1


if __name__ == "__main__":
    sys.exit(main())

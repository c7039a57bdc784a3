"""Calls of the API that the tests of training make."""

import json

V1 = "/api/v1/"


def post(client, address: str, body: object = None):
    return client.post(V1 + address, json.dumps(body or {}), content_type="application/json")

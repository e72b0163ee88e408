"""A program that speaks to the API with a token."""

import json

from django.test import Client

from apps.core.api.tokens import make_token
from apps.core.isolation import tenant_context


class Program:
    """Sends JSON to /api/v1/ as a person; `get("jobs/")` returns Django's response, whose `data()` is the JSON."""

    def __init__(self, person, **token):
        with tenant_context(person.tenant):
            self.token, self.text = make_token(person, **({"name": "test", "by": person} | token))
        self.client = Client(raise_request_exception=False)

    def send(self, verb, address, body=None, **headers):
        address = address if address.startswith(("/", "http")) else f"/api/v1/{address}"
        sent = {"Authorization": f"Token {self.text}"} | {
            name.replace("_", "-"): value for name, value in headers.items()
        }
        kwargs = {} if verb == "get" else {"data": json.dumps(body or {}), "content_type": "application/json"}
        return getattr(self.client, verb)(address, **kwargs, headers=sent)

    def get(self, address, **headers):
        return self.send("get", address, **headers)

    def post(self, address, body=None, **headers):
        return self.send("post", address, body, **headers)

    def patch(self, address, body, **headers):
        return self.send("patch", address, body, **headers)

    def put(self, address, body, **headers):
        return self.send("put", address, body, **headers)

    def delete(self, address, **headers):
        return self.send("delete", address, **headers)

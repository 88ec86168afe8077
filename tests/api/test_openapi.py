"""What the API says of itself is true."""

import json
import re
from typing import Any

import httpx
import msgspec
import pytest

from api.app import ROUTES, build
from api.examples import EXAMPLES, with_examples
from db.pool import Database
from dispatch.clock import system_clock
from dispatch.rules.events import Event, decode_body
from dispatch.rules.phone import Envelope
from tests.api.conftest import speaking_to, until_ready


def document() -> dict[str, Any]:
    return with_examples(build(None, system_clock).openapi_schema.to_schema())


def test_every_operation_has_a_summary_and_an_example() -> None:
    found = document()
    assert found["openapi"].startswith("3.1")
    for path, operations in found["paths"].items():
        for method, operation in operations.items():
            assert operation.get("summary"), f"{method} {path}"
            assert operation.get("description"), f"{method} {path}"
            assert (method, path) in EXAMPLES, f"{method} {path}"


def test_no_example_is_of_an_operation_that_is_gone() -> None:
    operations = {(method, path) for path, found in document()["paths"].items() for method in found}
    assert set(EXAMPLES) == operations


@pytest.mark.parametrize(
    "handler", [route for route in ROUTES if route.include_in_schema is not False], ids=str
)
def test_each_example_is_of_the_type_of_its_operation(handler: Any) -> None:
    (method,) = [method for method in handler.http_methods if method != "OPTIONS"]
    (raw,) = handler.paths
    path = raw
    for kind in ("uuid", "date", "str"):
        path = path.replace(f":{kind}", "")
    sent, answered = EXAMPLES[(method.lower(), path)]
    signature = handler.parsed_fn_signature
    if "data" in signature.parameters:
        msgspec.convert(sent, signature.parameters["data"].annotation, strict=False)
    answer = signature.return_type.annotation
    inner = signature.return_type.inner_types
    answer = inner[0].annotation if inner and "Response" in str(answer) else answer
    if isinstance(answer, type) and issubclass(answer, msgspec.Struct):
        msgspec.convert(answered, answer, strict=False)


def test_the_example_of_an_exchange_is_one_a_phone_could_send() -> None:
    sent, _ = EXAMPLES[("post", "/v1/mobile/sync")]
    envelope = msgspec.json.decode(msgspec.json.encode(sent), type=Envelope)
    event = msgspec.json.decode(bytes(envelope.events[0]), type=Event)
    assert decode_body(event.kind, event.body).visit_id


async def test_the_document_is_served_with_its_examples(client: httpx.AsyncClient) -> None:
    served = await client.get("/docs/openapi.json")
    assert served.status_code == 200
    told = served.json()
    body = told["paths"]["/v1/escalations"]["post"]["requestBody"]["content"]["application/json"]
    assert body["example"]["contract"] == "C-100231"


async def test_every_link_of_the_door_leads_somewhere(database: Database) -> None:
    app = build(database, system_clock)
    async with app.lifespan(), speaking_to(app) as client:
        await until_ready(client)
        door = (await client.get("/")).text
        links = re.findall(r'(?:href|src)="([^"]+)"', door)
        assert "/docs" in links
        for link in links:
            answer = await client.get(link, follow_redirects=True)
            assert answer.status_code == 200, link


def test_patterns_are_ones_that_a_browser_understands() -> None:
    text = json.dumps(document())
    assert "\\\\A" not in text
    assert "\\\\Z" not in text

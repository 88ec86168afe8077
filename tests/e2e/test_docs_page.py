"""The pages that describe the API, in a real browser: they render, keep to our own host and can be read."""

import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Annotated, Any, Literal, cast

import httpx
import msgspec
import pytest
from litestar import Litestar, get, post
from litestar.params import FromPath, JSONBody
from playwright.async_api import Page, expect

from api.app import build
from api.examples import EXAMPLES
from api.openapi import get_door, openapi_config
from dispatch.clock import system_clock
from tests.e2e.chromium import listen, serve, shoot

CONTRAST = """selector => {
  const rgb = colour => colour.match(/[\\d.]+/g).map(Number);
  const seen = colour => { const [, , , alpha = 1] = rgb(colour); return alpha > 0.5; };
  const channel = value => (value /= 255) <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  const light = colour => { const [r, g, b] = rgb(colour).map(channel); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
  const ground = node => {
    for (; node; node = node.parentElement)
      if (seen(getComputedStyle(node).backgroundColor)) return getComputedStyle(node).backgroundColor;
    return "rgb(255, 255, 255)";
  };
  const ratio = node => {
    const [low, high] = [light(getComputedStyle(node).color), light(ground(node))].sort((a, b) => a - b);
    return (high + 0.05) / (low + 0.05);
  };
  const own = node => [...node.childNodes].some(child => child.nodeType === 3 && child.data.trim());
  const shown = node => node.checkVisibility() && own(node) && !node.closest("script, style");
  return [...document.querySelectorAll(selector)].filter(shown)
    .map(node => [ratio(node), `${node.tagName}.${node.className}: ${node.innerText.slice(0, 40)}`]);
}"""
"""WCAG contrast of every piece of text shown below a selector, against the nearest opaque ground."""


WIDER = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
"""By how many pixels the page would scroll sideways."""

Scheme = Literal["light", "dark"]


class Job(msgspec.Struct, rename="camel"):
    """The work owed at one place until it is closed."""

    job_id: Annotated[str, msgspec.Meta(description="Made by whoever made the job", examples=["0197-4a"])]
    priority: Annotated[int, msgspec.Meta(ge=1, le=9)] = 5


@get("/v1/jobs/{job_id:str}", tags=["jobs"], summary="Read a job")
async def get_job(job_id: FromPath[str]) -> Job:
    return Job(job_id)


@post("/v1/jobs", tags=["jobs"], summary="Make a job")
async def post_job(data: JSONBody[Job]) -> Job:
    return data


@get("/health", tags=["server"], summary="Whether this server is up", security=[{}])
async def get_health() -> dict[str, str]:
    return {"status": "up"}


async def too_faint(page: Page) -> list[str]:
    """Texts below a contrast of 4.5:1."""
    return [f"{what} ({ratio:.2f})" for ratio, what in await page.evaluate(CONTRAST, "body *") if ratio < 4.5]


def small_app() -> Litestar:
    return Litestar([get_door, get_health, get_job, post_job], openapi_config=openapi_config())


@pytest.fixture(scope="module")
async def url() -> AsyncIterator[str]:
    async with serve(small_app()) as address:
        yield address


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(cast("Any", small_app())), base_url="http://line3"
    ) as client:
        yield client


async def test_the_docs_page_shows_every_operation_and_asks_nobody_else(page: Page, url: str) -> None:
    heard = listen(page)
    await page.goto(f"{url}/docs")
    await expect(page.locator(".opblock")).to_have_count(3)
    await expect(page.locator(".opblock-summary-description")).to_have_text(
        ["Whether this server is up", "Read a job", "Make a job"]
    )
    await shoot(page, "docs-desktop-light")
    assert heard.outside(url) == []
    assert heard.complaints == []


async def test_an_operation_can_be_tried_from_the_docs_page(page: Page, url: str) -> None:
    heard = listen(page)
    await page.goto(f"{url}/docs")
    await page.locator("#operations-server-HealthGetHealth .opblock-summary-control").click()
    await page.get_by_role("button", name="Try it out").click()
    await page.get_by_role("button", name="Execute").click()
    await expect(page.locator(".live-responses-table .highlight-code").first).to_contain_text("up")
    await page.locator("#operations-jobs-V1JobsPostJob .opblock-summary-control").click()
    await shoot(page, "docs-desktop-light-tried")
    assert heard.outside(url) == []
    assert heard.complaints == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_the_docs_page_can_be_read_by_day_and_by_night(page: Page, url: str, scheme: Scheme) -> None:
    await page.emulate_media(color_scheme=scheme)
    await page.goto(f"{url}/docs")
    await expect(page.locator(".opblock")).to_have_count(3)
    for control in await page.locator(".opblock-summary-control").all():
        await control.click()
    await page.locator(".models-control").click()
    await expect(page.locator(".opblock.is-open .highlight-code")).to_have_count(7)
    await page.mouse.move(0, 0)
    await shoot(page, f"docs-desktop-{scheme}-open")
    assert await too_faint(page) == []


async def test_the_docs_page_fits_a_phone(phone_page: Page, url: str) -> None:
    await phone_page.goto(f"{url}/docs")
    await phone_page.locator("#operations-jobs-V1JobsPostJob .opblock-summary-control").click()
    await expect(phone_page.locator(".opblock.is-open")).to_have_count(1)
    await shoot(phone_page, "docs-phone-light")
    assert await phone_page.evaluate(WIDER) == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_the_door_leads_to_the_docs_and_can_be_read(page: Page, url: str, scheme: Scheme) -> None:
    heard = listen(page)
    await page.emulate_media(color_scheme=scheme)
    await page.goto(url)
    await shoot(page, f"door-desktop-{scheme}")
    assert await too_faint(page) == []
    await page.get_by_role("link", name="API pages").click()
    await expect(page.locator(".opblock")).to_have_count(3)
    assert heard.outside(url) == []
    assert heard.complaints == []


async def test_the_door_fits_a_phone(phone_page: Page, url: str) -> None:
    await phone_page.goto(url)
    await shoot(phone_page, "door-phone-light")
    assert await phone_page.evaluate(WIDER) == 0


async def test_the_document_is_openapi_3_1_with_both_ways_to_sign_in(client: httpx.AsyncClient) -> None:
    document = (await client.get("/docs/openapi.json")).json()
    assert document["openapi"].startswith("3.1")
    assert document["security"] == [{"session": []}, {"token": []}]
    assert document["components"]["securitySchemes"]["session"]["name"] == "__Host-line3"
    assert document["paths"]["/health"]["get"]["security"] == [{}]
    assert set(document["paths"]) == {"/health", "/v1/jobs", "/v1/jobs/{job_id}"}


@pytest.mark.parametrize(
    "path", ["/", "/docs", "/docs/openapi.json", "/docs/assets/docs.js", "/docs/nowhere"]
)
async def test_every_page_forbids_inline_script_and_foreign_hosts(
    client: httpx.AsyncClient, path: str
) -> None:
    policy = (await client.get(path)).headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy


async def test_an_asset_is_sent_once_and_then_confirmed(client: httpx.AsyncClient) -> None:
    first = await client.get("/docs/assets/swagger-ui-bundle.js")
    again = await client.get(
        "/docs/assets/swagger-ui-bundle.js", headers={"If-None-Match": first.headers["ETag"]}
    )
    assert (first.status_code, again.status_code, again.content) == (200, 304, b"")


@pytest.mark.parametrize(
    "name", ["index.html", "../openapi.py", "..%2Fopenapi.py", "swagger-ui-bundle.js.map"]
)
async def test_nothing_else_is_served(client: httpx.AsyncClient, name: str) -> None:
    assert (await client.get(f"/docs/assets/{name}")).status_code == 404


@pytest.fixture
def own_data(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The application's database in a folder of the test's, which another user can enter, and not wherever the last one lies."""
    with tempfile.TemporaryDirectory(prefix="line3-docs-", dir="/tmp", ignore_cleanup_errors=True) as name:
        Path(name).chmod(0o711)
        monkeypatch.setenv("LINE3_DATA", f"{name}/data")
        yield


@pytest.mark.usefixtures("own_data")
async def test_the_real_document_shows_every_operation_of_the_real_application(page: Page) -> None:
    heard = listen(page)
    async with serve(build(None, system_clock)) as address:
        await page.goto(f"{address}/docs")
        await expect(page.locator(".opblock")).to_have_count(len(EXAMPLES))
        await shoot(page, "docs-real-desktop")
        await page.locator(
            "#operations-escalations-V1EscalationsReceiveEscalation .opblock-summary-control"
        ).click()
        await expect(
            page.locator(".opblock-body .highlight-code, .opblock-body .example").first
        ).to_contain_text("C-100231")
        await shoot(page, "docs-real-desktop-escalation")
    assert heard.outside(address) == []
    assert heard.complaints == []

"""What a phone fetches before it works without a network."""

import json

from api.faces import Faces

LARGEST_SHELL = 200_000


def test_the_app_is_small_and_keeps_all_of_itself() -> None:
    files = Faces().files("technician")
    shell = {name: file for name, file in files.items() if not name.endswith(".wasm")}
    assert sum(len(file.compressed or file.plain) for file in shell.values()) <= LARGEST_SHELL
    worker = files["sw.js"].plain.decode()
    for name in shell.keys() - {"sw.js"}:
        assert f'"url":"{name}"' in worker, f"{name} is not there without a network"


def test_it_can_be_put_on_the_home_screen() -> None:
    manifest = json.loads(Faces().files("technician")["manifest.webmanifest"].plain)
    assert manifest["display"] == "standalone"
    assert manifest["start_url"].startswith(manifest["scope"])
    for icon in manifest["icons"]:
        assert icon["src"] in Faces().files("technician")

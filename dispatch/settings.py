"""What a process is told by its environment. Everything else is data in the database."""

import os
from pathlib import Path

import msgspec

from db.embedded import default_data_dir


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """`database_url` is the owner's, for migrations; the application connects as `line3_app` (derived from it, or
    given by itself). Without one, an embedded server keeps its data in `data_dir`. Road
    networks lie in `roads_dir`."""

    database_url: str | None = None
    app_database_url: str | None = None
    data_dir: Path | None = None
    host: str = "127.0.0.1"
    port: int = 8030
    roads_dir: Path | None = None

    @property
    def roads(self) -> Path:
        """The folder of road networks."""
        return self.roads_dir or (self.data_dir or default_data_dir()) / "roads"


def from_environment() -> Settings:
    """Reads `LINE3_DATABASE_URL`, `LINE3_APP_DATABASE_URL`, `LINE3_DATA`, `LINE3_HOST`, `LINE3_PORT`, `LINE3_ROADS`.

    Raises `ValueError` for a port that is none.
    """
    data, roads = os.environ.get("LINE3_DATA"), os.environ.get("LINE3_ROADS")
    return Settings(
        database_url=os.environ.get("LINE3_DATABASE_URL"),
        app_database_url=os.environ.get("LINE3_APP_DATABASE_URL"),
        data_dir=None if data is None else Path(data),
        host=os.environ.get("LINE3_HOST", "127.0.0.1"),
        port=int(os.environ.get("LINE3_PORT", "8030")),
        roads_dir=Path(roads) if roads else None,
    )

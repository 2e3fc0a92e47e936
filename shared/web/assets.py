"""Static files under names that hold a hash of their content, so that browsers may keep them for good."""

import hashlib
import mimetypes
import re
from functools import cache
from pathlib import Path
from typing import NamedTuple

from fastapi import APIRouter, HTTPException
from starlette.responses import Response

FOLDER = Path(__file__).parent / "static"
_SERVED = {".css", ".js", ".woff2", ".svg", ".png"}
_URL = re.compile(rb"url\(([a-z0-9.-]+)\)")

router = APIRouter(include_in_schema=False)


class Asset(NamedTuple):
    hashed: str
    body: bytes
    media_type: str


def static(name: str) -> str:
    """The address of a file in shared/web/static: `static("app.css")` is "/static/app.3f9ac1d2.css"."""
    return f"/static/{assets()[name].hashed}"


@cache
def assets() -> dict[str, Asset]:
    """All files by their plain name. Stylesheets come last: the fonts and pictures that they name get their hashed names."""
    found: dict[str, Asset] = {}
    for path in sorted(FOLDER.iterdir(), key=lambda path: (path.suffix == ".css", path.name)):
        if path.suffix in _SERVED:
            body = path.read_bytes()
            if path.suffix == ".css":
                body = _URL.sub(lambda m: b"url(" + found[m[1].decode()].hashed.encode() + b")", body)
            digest = hashlib.sha256(body).hexdigest()[:10]
            media_type = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
            found[path.name] = Asset(f"{path.stem}.{digest}{path.suffix}", body, media_type)
    return found


@cache
def _by_hashed_name() -> dict[str, Asset]:
    return {asset.hashed: asset for asset in assets().values()}


@router.get("/static/{hashed}")
async def serve(hashed: str) -> Response:
    """The file, for a year. A name whose hash is another version's is not found rather than answered wrongly."""
    asset = _by_hashed_name().get(hashed)
    if asset is None:
        raise HTTPException(404)
    return Response(asset.body, media_type=asset.media_type, headers={"cache-control": "public, max-age=31536000, immutable"})

"""The wall display: whose an address is, and what its screen shows, in pages that can be read from five metres."""

import re
from dataclasses import dataclass
from itertools import batched

from apps.core import tokens
from apps.core.hooks import knows_links
from apps.core.models import DeviceKind
from apps.shopfloor.models import StationStatus
from apps.shopfloor.queries import BADGES, Filter, Floor, Line, Tile, floor
from apps.shopfloor.rendering import Face

ADDRESS = re.compile(r"/board/tv/([^/]{1,200})/")
TILES = 20  # of a page: more would be too small for the distance
ROOMY = 12  # with so many there is room for larger letters


@knows_links
def of_wall(path):
    """The tenant whose wall display an address is, while it is good."""
    found = ADDRESS.fullmatch(path)
    display = found and display_of(found[1])
    return display and display.tenant


def display_of(text):
    """The wall display that a token opens, or None."""
    return tokens.device_of(text, DeviceKind.WALL)


@dataclass(frozen=True)
class WallPage:
    """line: one, or several small ones as if they were one."""

    line: Line
    faces: tuple[Face, ...]

    @property
    def is_dense(self) -> bool:
        return len(self.faces) > ROOMY


@dataclass(frozen=True)
class Wall:
    pages: tuple[WallPage, ...]
    calls: tuple[str, ...]  # the open ones that nobody has taken yet
    version: int


def wall_of(tenant, lines) -> Wall:
    """What a display of these lines shows; of all, where there are none. As many queries as the board."""
    found = floor(tenant, Filter(lines=tuple(lines)))
    pages = (WallPage(line, faces) for line in _gathered(found) for faces in batched(_faces(line, found), TILES))
    calls = (str(call.pk) for tile in found.tiles for call in tile.calls if not call.is_acknowledged)
    return Wall(tuple(pages), tuple(calls), found.version)


def _gathered(found: Floor) -> list[Line]:
    """Lines in their order, small ones together as long as they fit on a page: fewer pages come round sooner."""
    groups: list[list[Line]] = []
    for line in found.lines:
        if groups and sum(len(other.tiles) for other in (*groups[-1], line)) <= TILES:
            groups[-1].append(line)
        else:
            groups.append([line])
    return [_as_one(group) for group in groups]


def _as_one(lines: list[Line]) -> Line:
    counts = {badge: sum(line.counts[badge] for line in lines) for badge in BADGES}
    return Line(" · ".join(line.name for line in lines), tuple(tile for line in lines for tile in line.tiles), counts)


def _faces(line: Line, found: Floor):
    """Blocked first, longest first; the others in their order."""
    return (Face.of(tile, found.now, found.today) for tile in sorted(line.tiles, key=_urgency))


def _urgency(tile: Tile):
    is_blocked = tile.status == StationStatus.BLOCKED
    return not is_blocked, tile.since.timestamp() if is_blocked and tile.since else 0

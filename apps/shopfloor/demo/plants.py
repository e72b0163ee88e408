"""Who works in the demo's two plants, and with what."""

from dataclasses import dataclass, field

from apps.core.roles import Role
from apps.shopfloor.models import CountsAs, ReasonGroup

PLATFORM_EMAIL = "platform@example.com"


@dataclass(frozen=True)
class Part:
    """What is made: how long one takes on one station, and the sizes it is ordered in."""

    name: str
    cycle_seconds: int


@dataclass(frozen=True)
class Place:
    """A station: its machine (empty: a bench, no asset) and the machine's components."""

    name: str
    machine: str = ""
    components: tuple[str, ...] = ()


@dataclass(frozen=True)
class Line:
    name: str
    area: str
    stations: tuple[Place, ...]  # eight
    parts: tuple[Part, ...]


@dataclass(frozen=True)
class Plant:
    """A tenant. people: key, role, name; the first of each role signs in as `role@slug.example`."""

    slug: str
    name: str
    timezone: str
    site: str
    buildings: dict[str, tuple[str, ...]]  # building: its areas
    lines: tuple[Line, Line, Line]
    people: tuple[tuple[str, Role, str], ...]
    materials: tuple[str, ...]
    notes: dict[str, str]  # and what the photo beside it shows (photos.draw_photo), if there is one
    settings: dict = field(default_factory=dict)

    def station_codes(self) -> list[tuple[str, Line, Place]]:
        """(code, line, place) of ST-01 to ST-24."""
        places = [(line, place) for line in self.lines for place in line.stations]
        return [(f"ST-{number:02}", line, place) for number, (line, place) in enumerate(places, 1)]

    def email(self, key: str) -> str:
        """The address a person signs in with; "" for those who have only a staff number."""
        if key in Role.values:
            return f"{key}@{self.slug}.example"
        return "" if key.startswith("operator") else f"{key}@{self.slug}.example"


# code, name, group, counts as, planned minutes
STOP_REASONS = [
    ("machine", "Machine fault", ReasonGroup.EQUIPMENT, CountsAs.AVAILABILITY, None),
    ("spindle", "Spindle or tool", ReasonGroup.EQUIPMENT, CountsAs.AVAILABILITY, None),
    ("material", "No material", ReasonGroup.MATERIAL, CountsAs.AVAILABILITY, None),
    ("downstream", "Downstream full", ReasonGroup.DOWNSTREAM, CountsAs.AVAILABILITY, None),
    ("quality", "Quality check", ReasonGroup.QUALITY, CountsAs.AVAILABILITY, None),
    ("operator", "No operator", ReasonGroup.PEOPLE, CountsAs.AVAILABILITY, None),
    ("changeover", "Changeover", ReasonGroup.CHANGEOVER, CountsAs.AVAILABILITY, 20),
    ("cleaning", "Planned cleaning", ReasonGroup.PLANNED, CountsAs.EXCLUDED, 15),
    ("maintenance", "Planned maintenance", ReasonGroup.PLANNED, CountsAs.EXCLUDED, 60),
    ("break", "Break", ReasonGroup.PLANNED, CountsAs.EXCLUDED, 30),
    ("no-shift", "No shift", ReasonGroup.PLANNED, CountsAs.EXCLUDED, None),
    ("no-job", "No job", ReasonGroup.NO_DEMAND, CountsAs.EXCLUDED, None),
    ("minor", "Minor stop", ReasonGroup.EQUIPMENT, CountsAs.PERFORMANCE, None),
    ("other", "Other", ReasonGroup.PEOPLE, CountsAs.AVAILABILITY, None),
    ("unspecified", "Unspecified", ReasonGroup.EQUIPMENT, CountsAs.AVAILABILITY, None),
]

SCRAP_REASONS = [
    ("scratch", "Scratch"),
    ("chipped-edge", "Chipped edge"),
    ("stain", "Stain or spot"),
    ("size", "Wrong size"),
    ("broken", "Broken in handling"),
    ("setup", "Set-up piece"),
]

NORTH = Plant(
    slug="north",
    name="North Mirror Works",
    timezone="Europe/Warsaw",
    site="Plant 1, Gdynia",
    buildings={"Hall 1": ("Cutting and edges", "Silvering"), "Hall 2": ("Framing and packing", "Maintenance shop")},
    lines=(
        Line(
            "Line A",
            "Cutting and edges",
            (
                Place("Cutting, left", "Glass cutting table", ("Cutting bridge", "Vacuum pump")),
                Place("Cutting, right", "Glass cutting table", ("Cutting bridge",)),
                Place("Edge grinder", "Edge grinder", ("Spindle", "Coolant pump", "Feed belt")),
                Place("Edge grinder, double", "Double edge grinder", ("Spindle, left", "Spindle, right")),
                Place("Beveller", "Bevelling machine", ("Polishing head",)),
                Place("Drilling", "Glass drill"),
                Place("Washer", "Vertical washer", ("Blower",)),
                Place("Inspection, glass"),
            ),
            (
                Part("Mirror 60 × 90", 300),
                Part("Bevel 20 mm", 480),
                Part("Bevel 30 mm", 540),
                Part("Cover 40 × 40", 240),
                Part("Round mirror Ø 70", 420),
            ),
        ),
        Line(
            "Line B",
            "Silvering",
            (
                Place("Washer, silvering", "Horizontal washer", ("Brush roller",)),
                Place("Sensitising", "Spray bridge"),
                Place("Silvering", "Silvering line", ("Dosing pump", "Spray arm")),
                Place("Lacquer", "Curtain coater", ("Lacquer pump",)),
                Place("Drying tunnel", "Drying tunnel", ("Burner", "Circulation fan")),
                Place("Second lacquer", "Curtain coater"),
                Place("Cooling and marking", "Laser marker"),
                Place("Inspection, silver"),
            ),
            (
                Part("Sheet 120 × 80", 270),
                Part("Sheet 90 × 60", 210),
                Part("Sheet 160 × 100", 420),
                Part("Bronze sheet 120 × 80", 360),
            ),
        ),
        Line(
            "Line C",
            "Framing and packing",
            (
                Place("Frame saw", "Mitre saw", ("Saw head",)),
                Place("Framing, left", "Frame press"),
                Place("Framing, right", "Frame press"),
                Place("LED fitting", "LED test bench"),
                Place("Cabinet assembly", "Assembly table"),
                Place("Final inspection"),
                Place("Packing 1", "Carton former", ("Glue unit",)),
                Place("Packing 2", "Shrink tunnel"),
            ),
            (
                Part("Cabinet door", 900),
                Part("Framed mirror 60 × 90", 360),
                Part("LED mirror 80 × 60", 720),
                Part("Wardrobe mirror 40 × 160", 540),
            ),
        ),
    ),
    people=(
        ("admin", Role.ADMIN, "Zofia Wrona"),
        ("manager", Role.MANAGER, "Tomasz Lis"),
        ("supervisor", Role.SUPERVISOR, "Marek Zieliński"),
        ("halina", Role.SUPERVISOR, "Halina Dudek"),
        ("technician", Role.TECHNICIAN, "Ana Kowalczyk"),
        ("piotr", Role.TECHNICIAN, "Piotr Sikora"),
        ("operator", Role.OPERATOR, "Jon Bielak"),
        ("operator2", Role.OPERATOR, "Kasia Nowicka"),
        ("operator3", Role.OPERATOR, "Oleh Bondar"),
        ("operator4", Role.OPERATOR, "Ewa Mazur"),
        ("operator5", Role.OPERATOR, "Damian Król"),
        ("operator6", Role.OPERATOR, "Irena Pawlak"),
    ),
    materials=("Float glass 4 mm", "Silver nitrate", "Frame profile, oak", "Cardboard corners", "Cerium polish"),
    notes={
        "New grinding wheel since this morning; edges look better.": "wheel",
        "Glass from the second pallet has small bubbles; set two sheets aside.": "glass",
        "Customer asked for the corner protectors on all of these.": "",
        "Belt slips a little when it is cold. Keep an eye on it.": "",
        "Swapped places with Irena until the end of the shift.": "",
        "Lacquer batch 0417 opened.": "",
        "Counted the rack again: the figures are right now.": "",
        "Coolant topped up, 5 litres.": "",
    },
)

SOUTH = Plant(
    slug="south",
    name="South Cabinets",
    timezone="America/Sao_Paulo",
    settings={"agile_mode": True, "currency": "BRL"},
    site="Plant Curitiba",
    buildings={"Hall A": ("Panels", "Finishing"), "Hall B": ("Assembly and packing", "Tool room")},
    lines=(
        Line(
            "Panels",
            "Panels",
            (
                Place("Panel saw, left", "Beam saw", ("Saw carriage", "Clamp beam")),
                Place("Panel saw, right", "Beam saw"),
                Place("Edge bander 1", "Edge bander", ("Glue pot", "Trimming unit")),
                Place("Edge bander 2", "Edge bander", ("Glue pot",)),
                Place("CNC router", "CNC router", ("Spindle", "Vacuum pump")),
                Place("Drilling", "Boring machine", ("Drill head",)),
                Place("Edge grinder", "Edge sander"),
                Place("Inspection, panels"),
            ),
            (
                Part("Side panel 60 × 90", 240),
                Part("Shelf 40 × 80", 180),
                Part("Worktop 120 × 60", 600),
                Part("Drawer front 40 × 20", 210),
            ),
        ),
        Line(
            "Finishing",
            "Finishing",
            (
                Place("Sanding", "Wide-belt sander", ("Sanding unit",)),
                Place("Primer", "Spray booth", ("Exhaust fan",)),
                Place("Lacquer 1", "Spray booth", ("Spray pump",)),
                Place("Lacquer 2", "Spray booth"),
                Place("Drying tunnel", "UV tunnel", ("Lamp unit",)),
                Place("Polishing", "Polishing machine"),
                Place("Washer", "Parts washer"),
                Place("Inspection, finish"),
            ),
            (
                Part("Cabinet door, white", 420),
                Part("Cabinet door, oak", 480),
                Part("Drawer front, grey", 270),
                Part("Cover 40 × 40", 210),
            ),
        ),
        Line(
            "Assembly",
            "Assembly and packing",
            (
                Place("Dowel press", "Dowel inserter"),
                Place("Carcass press", "Carcass press", ("Hydraulic unit",)),
                Place("Hinges and runners", "Hinge machine"),
                Place("Door fitting", "Fitting table"),
                Place("Mirror fitting", "Suction lifter"),
                Place("Final inspection"),
                Place("Packing 1", "Carton former", ("Glue unit",)),
                Place("Packing 2", "Strapping machine"),
            ),
            (
                Part("Bathroom cabinet 60", 900),
                Part("Mirror cabinet 60 × 90", 1080),
                Part("Kitchen base unit 80", 780),
                Part("Wardrobe 200 × 100", 1500),
            ),
        ),
    ),
    people=(
        ("admin", Role.ADMIN, "Beatriz Carvalho"),
        ("manager", Role.MANAGER, "Paulo Menezes"),
        ("supervisor", Role.SUPERVISOR, "Lúcia Ferraz"),
        ("rafael", Role.SUPERVISOR, "Rafael Tavares"),
        ("technician", Role.TECHNICIAN, "Diego Ramos"),
        ("camila", Role.TECHNICIAN, "Camila Prado"),
        ("operator", Role.OPERATOR, "João Siqueira"),
        ("operator2", Role.OPERATOR, "Marta Lopes"),
        ("operator3", Role.OPERATOR, "Wesley Nunes"),
        ("operator4", Role.OPERATOR, "Sandra Gil"),
        ("operator5", Role.OPERATOR, "Tiago Moura"),
        ("operator6", Role.OPERATOR, "Rita Campos"),
    ),
    materials=("MDF 18 mm, white", "Edge band 22 mm", "Hinge 110°", "Lacquer, matt", "Carton 90 × 60"),
    notes={
        "Saw blade changed at the start of the shift.": "",
        "Oak boards from the new supplier are darker; asked the office.": "boards",
        "Glue pot was at 180 °C, now 195 °C. Joints hold.": "gauge",
        "Hinges came in two boxes; the second is from another batch.": "",
        "Exhaust filter is getting full, still fine for today.": "",
        "Marta shows the new colleague how to set the stops.": "",
        "Rack 12 counted again: one piece was missing.": "",
        "Compressed air dips when both booths run.": "gauge",
    },
)

PLANTS = {plant.slug: plant for plant in (NORTH, SOUTH)}

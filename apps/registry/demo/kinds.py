"""What the demo's machines are, by category: maker, model and specs; and what stands in the yard."""

from dataclasses import dataclass, field
from typing import Any

VOLTAGE = {"type": "string", "title": "Voltage", "enum": ["12v", "24v", "230v", "400v"]}
NUMBERS = {
    "power": "Power, kW",
    "mass": "Mass, kg",
    "rpm": "Speed, rpm",
    "pressure": "Pressure, bar",
    "temperature": "Highest temperature, °C",
    "load": "Highest load, kg",
    "tank": "Tank, litres",
}


@dataclass(frozen=True)
class Kind:
    maker: str
    model: str
    voltage: str
    power: float
    mass: float
    specs: dict[str, float] = field(default_factory=dict)  # further numbers

    def all_specs(self) -> dict[str, Any]:
        return {"voltage": self.voltage, "power": self.power, "mass": self.mass} | self.specs

    def schema(self) -> dict[str, Any]:
        """JSON Schema of the category's specs: what this kind has, the first two needed."""
        numbers = {
            name: {"type": "number", "title": NUMBERS[name], "minimum": 0}
            for name in self.all_specs()
            if name in NUMBERS
        }
        return {"type": "object", "properties": {"voltage": VOLTAGE} | numbers, "required": ["voltage", "power"]}


# Of no real maker.
KINDS = {
    "Glass cutting table": Kind("Vetra", "CT 3700", "400v", 9.5, 2400, {"pressure": 6}),
    "Edge grinder": Kind("Vetra", "EG 9", "400v", 14, 3100, {"rpm": 2800}),
    "Double edge grinder": Kind("Vetra", "EG 9 D", "400v", 26, 5900, {"rpm": 2800}),
    "Bevelling machine": Kind("Vetra", "BV 11", "400v", 22, 4700, {"rpm": 1400}),
    "Glass drill": Kind("Nordbohr", "GD 2", "400v", 3, 650, {"rpm": 1800}),
    "Vertical washer": Kind("Aqualine", "VW 25", "400v", 11, 1900, {"pressure": 4, "temperature": 60}),
    "Horizontal washer": Kind("Aqualine", "HW 40", "400v", 18, 3300, {"pressure": 4, "temperature": 60}),
    "Spray bridge": Kind("Lakma", "SB 200", "400v", 4, 900, {"pressure": 3}),
    "Silvering line": Kind("Argentum", "S 160", "400v", 35, 12_000, {"temperature": 45}),
    "Curtain coater": Kind("Lakma", "CC 130", "400v", 7.5, 1800, {"pressure": 2}),
    "Drying tunnel": Kind("Termo", "DT 12", "400v", 60, 6200, {"temperature": 180}),
    "Laser marker": Kind("Lumark", "LM 30", "230v", 1.5, 240),
    "Mitre saw": Kind("Boreal", "MS 450", "400v", 5.5, 780, {"rpm": 3000}),
    "Frame press": Kind("Boreal", "FP 8", "230v", 2.2, 560, {"pressure": 8}),
    "LED test bench": Kind("Lumark", "TB 4", "230v", 0.8, 90),
    "Assembly table": Kind("Boreal", "AT 2", "230v", 0.4, 210, {"load": 300}),
    "Carton former": Kind("Packo", "CF 20", "400v", 3.5, 1100, {"pressure": 6}),
    "Shrink tunnel": Kind("Packo", "ST 60", "400v", 24, 870, {"temperature": 190}),
    "Beam saw": Kind("Boreal", "BS 43", "400v", 21, 5200, {"rpm": 3900}),
    "Edge bander": Kind("Boreal", "EB 7", "400v", 17, 2600, {"temperature": 210, "pressure": 7}),
    "CNC router": Kind("Boreal", "R 5", "400v", 24, 3800, {"rpm": 24_000}),
    "Boring machine": Kind("Nordbohr", "BM 21", "400v", 6, 1400, {"rpm": 2800}),
    "Edge sander": Kind("Boreal", "ES 3", "400v", 4, 600, {"rpm": 1450}),
    "Wide-belt sander": Kind("Boreal", "WS 110", "400v", 22, 2900),
    "Spray booth": Kind("Lakma", "B 3", "400v", 7.5, 1500, {"temperature": 80}),
    "UV tunnel": Kind("Termo", "UV 6", "400v", 32, 1700),
    "Polishing machine": Kind("Boreal", "PM 2", "400v", 5.5, 950, {"rpm": 1400}),
    "Parts washer": Kind("Aqualine", "PW 8", "400v", 9, 480, {"temperature": 70}),
    "Dowel inserter": Kind("Nordbohr", "DI 4", "400v", 2.2, 740, {"pressure": 7}),
    "Carcass press": Kind("Boreal", "CP 25", "400v", 5.5, 2300, {"pressure": 160}),
    "Hinge machine": Kind("Nordbohr", "HM 1", "230v", 1.5, 320),
    "Fitting table": Kind("Boreal", "FT 1", "230v", 0.4, 180, {"load": 250}),
    "Suction lifter": Kind("Vetra", "SL 120", "230v", 0.9, 140, {"load": 120}),
    "Strapping machine": Kind("Packo", "SM 5", "230v", 0.7, 260),
    "Component": Kind("", "", "400v", 1.1, 35),
    "Compressor": Kind("Pneumo", "K 37", "400v", 37, 920, {"pressure": 10}),
    "Forklift": Kind("Hebe", "F 25", "24v", 33, 3900, {"load": 2500, "tank": 45}),
    "Delivery van": Kind("Karro", "L 35", "12v", 103, 3500, {"load": 1300, "tank": 75}),
    "Generator": Kind("Karro", "G 60", "400v", 60, 1450, {"tank": 210, "rpm": 1500}),
}

# What belongs to no station: code, category. It is in the daily log, with its fuel.
YARD = (
    ("K-01", "Compressor"),
    ("F-01", "Forklift"),
    ("F-02", "Forklift"),
    ("G-01", "Generator"),
    ("V-01", "Delivery van"),
)

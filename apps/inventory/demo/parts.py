"""What the demo's stores keep, by category; what both plants use, then what only one of them does. Of no real maker."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class Shelf:
    """A category: its letter in the stores, who supplies it, in how many days, and the parts.

    rows: SKU, name, cost of one, how many are used in a week. box: how many come in one; 0: single ones.
    """

    letter: str
    supplier: str
    lead_days: int
    rows: tuple[tuple[str, str, str, float], ...]
    unit: str = "pcs"
    box: int = 0


@dataclass(frozen=True)
class Kept:
    """A part as the stores keep it. weekly: how many are used in a week."""

    sku: str
    name: str
    category: str
    unit: str
    cost: Decimal
    weekly: float
    supplier: str
    lead_days: int
    box: int
    bin: str


BOTH = {
    "Bearings": Shelf("A", "Lagerhof", 5, (
        ("6001-2RS", "Ball bearing 12 × 28 × 8", "2.9", 1.5), ("6002-2RS", "Ball bearing 15 × 32 × 9", "3.2", 1),
        ("6003-2RS", "Ball bearing 17 × 35 × 10", "3.6", 0.5), ("6004-2RS", "Ball bearing 20 × 42 × 12", "4.1", 2),
        ("6005-2RS", "Ball bearing 25 × 47 × 12", "4.8", 1), ("6204-2RS", "Ball bearing 20 × 47 × 14", "4.6", 3),
        ("6205-2RS", "Ball bearing 25 × 52 × 15", "5.3", 2.5), ("6206-2RS", "Ball bearing 30 × 62 × 16", "6.9", 1),
        ("6308-2Z", "Ball bearing 40 × 90 × 23", "14.8", 0.3), ("7206-B", "Angular contact bearing 30 × 62 × 16", "31.5", 0.4),
        ("NU-208", "Roller bearing 40 × 80 × 18", "46", 0.1), ("UCF-205", "Flanged bearing unit Ø 25", "18.4", 0.3),
        ("UCP-206", "Pillow block Ø 30", "19.9", 0), ("LM-20-UU", "Linear bearing Ø 20", "11.2", 0.6),
    )),
    "Belts": Shelf("B", "Rimatex", 7, (
        ("XPZ-1250", "V-belt XPZ 1250", "9.8", 1), ("XPZ-1600", "V-belt XPZ 1600", "11.9", 0.6),
        ("XPA-1400", "V-belt XPA 1400", "14.3", 0.4), ("SPB-2240", "V-belt SPB 2240", "22.6", 0),
        ("T5-840-16", "Timing belt T5, 840 × 16", "13.7", 0.7), ("T10-1250-25", "Timing belt T10, 1250 × 25", "29.4", 0.5),
        ("AT10-1400-32", "Timing belt AT10, 1400 × 32", "44.2", 0.2), ("PJ-1016-6", "Ribbed belt PJ 1016, 6 ribs", "12.1", 0.4),
        ("FB-60-3200", "Feed belt 60 × 3200, grey", "86", 0.3), ("FB-80-4100", "Feed belt 80 × 4100, grey", "118", 0),
    )),
    "Seals": Shelf("C", "Dichtwerk", 6, (
        ("OR-10-2", "O-ring 10 × 2 NBR", "0.12", 8), ("OR-16-2", "O-ring 16 × 2 NBR", "0.15", 6),
        ("OR-22-3", "O-ring 22 × 3 NBR", "0.22", 4), ("OR-40-3", "O-ring 40 × 3 FKM", "0.9", 2),
        ("WDR-20-35-7", "Shaft seal 20 × 35 × 7", "2.4", 1), ("WDR-25-47-7", "Shaft seal 25 × 47 × 7", "2.8", 0.8),
        ("WDR-40-62-8", "Shaft seal 40 × 62 × 8", "4.6", 0), ("GS-24", "Mechanical seal Ø 24, pump", "38", 0.3),
        ("FD-DN25", "Flat gasket DN 25", "0.6", 2), ("FD-DN40", "Flat gasket DN 40", "0.85", 0.5),
    ), box=50),
    "Filters": Shelf("D", "Klarfilter", 10, (
        ("FI-AIR-G4", "Air filter mat G4, 1 × 2 m", "19", 1), ("FI-OIL-K37", "Oil filter, compressor K 37", "27.5", 0.3),
        ("FI-SEP-K37", "Separator, compressor K 37", "96", 0.1), ("FI-INT-K37", "Intake filter, compressor K 37", "33", 0.2),
        ("FI-WAT-50", "Water filter cartridge 50 µm", "6.4", 3), ("FI-WAT-10", "Water filter cartridge 10 µm", "7.9", 2),
        ("FI-HYD-25", "Hydraulic filter 25 µm", "41", 0.2), ("FI-VAC-1", "Vacuum pump filter", "24", 0.4),
    )),
    "Electrical": Shelf("E", "Elektra Nord", 3, (
        ("FU-10X38-2", "Fuse 10 × 38, 2 A", "1.1", 3), ("FU-10X38-4", "Fuse 10 × 38, 4 A", "1.1", 3),
        ("FU-10X38-6", "Fuse 10 × 38, 6 A", "1.1", 4), ("FU-10X38-10", "Fuse 10 × 38, 10 A", "1.15", 5),
        ("FU-10X38-16", "Fuse 10 × 38, 16 A", "1.2", 3), ("FU-NH00-63", "Fuse NH 00, 63 A", "6.8", 0.2),
        ("RE-24-4", "Relay 24 V DC, 4 contacts", "7.4", 1), ("CO-9-24", "Contactor 9 A, 24 V DC", "28", 0.5),
        ("CO-25-230", "Contactor 25 A, 230 V AC", "46", 0.2), ("MP-6-10", "Motor protection switch 6.3 to 10 A", "39", 0.3),
        ("PSU-24-5", "Power supply 24 V DC, 5 A", "64", 0.2), ("LED-22-R", "Pilot light 22 mm, red", "5.6", 0.5),
    ), box=10),
    "Sensors": Shelf("F", "Elektra Nord", 8, (
        ("SE-IND-M8", "Inductive sensor M8, PNP", "21", 0.8), ("SE-IND-M12", "Inductive sensor M12, PNP", "24", 1.5),
        ("SE-IND-M18", "Inductive sensor M18, PNP", "29", 0.5), ("SE-OPT-300", "Light barrier 300 mm", "47", 0.6),
        ("SE-REED-C", "Cylinder switch, reed", "13.5", 1.2), ("SE-PRS-10", "Pressure sensor 0 to 10 bar", "78", 0.2),
        ("SE-PT100", "Temperature sensor Pt100", "34", 0.3), ("SE-ENC-1024", "Encoder 1024 pulses", "165", 0.1),
        ("SE-ESTOP", "Emergency stop switch", "31", 0.1),
    )),
    "Cables": Shelf("G", "Elektra Nord", 4, (
        ("CA-M12-5", "Sensor cable M12, 5 m", "9.7", 1.5), ("CA-M12-10", "Sensor cable M12, 10 m", "14.2", 0.7),
        ("CA-4G15", "Cable 4 × 1.5 mm²", "1.9", 12), ("CA-5G25", "Cable 5 × 2.5 mm²", "3.4", 6),
    ), unit="m"),
    "Pneumatics": Shelf("H", "Pneumo", 5, (
        ("PN-T6", "Hose Ø 6, blue", "0.8", 9), ("PN-T8", "Hose Ø 8, blue", "1.1", 6),
        ("PN-F6-18", "Push-in fitting 6 mm, G 1/8", "1.6", 5), ("PN-F8-14", "Push-in fitting 8 mm, G 1/4", "1.9", 4),
        ("PN-V52-24", "Valve 5/2, 24 V DC", "58", 0.6), ("PN-C32-50", "Cylinder Ø 32 × 50", "44", 0.3),
        ("PN-C50-100", "Cylinder Ø 50 × 100", "72", 0.2), ("PN-SIL-14", "Silencer G 1/4", "2.1", 1),
        ("PN-REG-14", "Pressure regulator G 1/4", "36", 0.1), ("PN-CUP-40", "Suction cup Ø 40", "8.7", 4),
        ("PN-CUP-80", "Suction cup Ø 80", "14.9", 2),
    )),
    "Oils and greases": Shelf("J", "Schmierkontor", 6, (
        ("CLP-220", "Gear oil CLP 220", "6.2", 3), ("HLP-46", "Hydraulic oil HLP 46", "4.4", 5),
        ("VDL-100", "Compressor oil VDL 100", "7.8", 2), ("VP-68", "Vacuum pump oil 68", "9.3", 1.5),
        ("CG-68", "Slideway oil CG 68", "5.9", 2.5),
    ), unit="l", box=20),
    "Fasteners": Shelf("K", "Schraubenlager", 2, (
        ("SC-M6X20", "Screw M6 × 20, 8.8", "0.08", 30), ("SC-M8X25", "Screw M8 × 25, 8.8", "0.12", 24),
        ("SC-M10X40", "Screw M10 × 40, 8.8", "0.24", 12), ("NU-M8", "Nut M8, self-locking", "0.07", 24),
        ("CT-300", "Cable tie 300 mm", "0.06", 40), ("CI-20", "Circlip 20 mm", "0.18", 2),
    ), box=100),
    "Protection": Shelf("L", "Arbeitswelt", 3, (
        ("PP-GLOVE-9", "Cut-resistant gloves, size 9", "6.9", 6), ("PP-GLOVE-10", "Cut-resistant gloves, size 10", "6.9", 5),
        ("PP-SLEEVE", "Cut-resistant sleeves", "8.4", 2), ("PP-GLASSES", "Safety glasses, clear", "4.2", 3),
    ), unit="pair"),
}  # fmt: skip

NORTH = {
    "Grinding wheels": Shelf("M", "Schleifring", 14, (
        ("GW-150-D91", "Diamond cup wheel 150, D91", "148", 0.8), ("GW-150-D64", "Diamond cup wheel 150, D64", "156", 0.6),
        ("GW-175-D126", "Peripheral wheel 175, D126", "212", 0.3), ("PW-150-10S", "Polishing wheel 150, 10S", "43", 1.5),
        ("PW-150-X3", "Polishing wheel 150, X3", "47", 1.2), ("FW-130-FELT", "Felt wheel 130", "19", 1),
        ("CE-OXIDE", "Cerium oxide, 1 kg", "24", 2), ("DR-STICK", "Dressing stick", "5.8", 1),
    )),
    "Glass tools": Shelf("N", "Vetra", 9, (
        ("CW-145", "Cutting wheel 145°", "3.4", 4), ("CW-154", "Cutting wheel 154°", "3.6", 2), ("CH-7", "Cutting head 7 mm", "67", 0.2),
        ("DB-6", "Diamond drill Ø 6", "16", 1.2), ("DB-10", "Diamond drill Ø 10", "19", 0.9), ("DB-35", "Diamond drill Ø 35", "48", 0.2),
        ("CU-OIL", "Cutting fluid, 1 l", "7.1", 3), ("BR-ROLL-1600", "Washer brush roller 1600", "385", 0.1),
        ("BR-AIR-1600", "Air knife lip 1600", "54", 0.2),
    )),
    "Silvering": Shelf("P", "Argentum", 12, (
        ("NZ-110-04", "Spray nozzle 110°, 0.4", "12.5", 2), ("NZ-110-06", "Spray nozzle 110°, 0.6", "12.5", 1),
        ("DP-MEMB", "Dosing pump membrane", "58", 0.3), ("DP-VALVE", "Dosing pump valve set", "74", 0.2),
        ("PH-EL", "pH electrode", "96", 0.2), ("LP-SEAL", "Lacquer pump seal set", "63", 0.2),
        ("LC-BLADE-1300", "Curtain blade 1300", "142", 0.1), ("IR-1200", "Infrared emitter 1200 W", "88", 0.4),
        ("BU-ELEC", "Burner electrode", "27", 0.1), ("FAN-BELT-DT", "Circulation fan belt, drying tunnel", "34", 0.2),
    )),
}  # fmt: skip

SOUTH = {
    "Saw blades": Shelf("M", "Boreal", 10, (
        ("SB-450-72", "Saw blade 450, 72 teeth", "168", 0.8), ("SB-400-72", "Saw blade 400, 72 teeth", "149", 0.5),
        ("SB-180-SC", "Scoring blade 180", "74", 0.6), ("SB-350-54", "Saw blade 350, 54 teeth", "121", 0.2),
        ("RB-12-DIA", "Router bit Ø 12, diamond", "196", 0.3), ("RB-16-HM", "Router bit Ø 16, carbide", "38", 1.5),
        ("DB-5-HM", "Dowel drill Ø 5", "11", 2), ("DB-8-HM", "Dowel drill Ø 8", "12", 2), ("HB-35-HM", "Hinge drill Ø 35", "24", 0.4),
    )),
    "Abrasives": Shelf("N", "Schleifring", 8, (
        ("AB-1120-120", "Wide belt 1120 × 1900, P120", "31", 2), ("AB-1120-180", "Wide belt 1120 × 1900, P180", "31", 2.5),
        ("AB-1120-240", "Wide belt 1120 × 1900, P240", "32", 1), ("AB-150-120", "Edge belt 150 × 2500, P120", "9.4", 3),
        ("AB-D150-240", "Disc Ø 150, P240", "0.6", 40), ("PO-WHEEL-200", "Polishing wheel 200", "22", 0.6),
        ("FE-PAD", "Felt pad, wide-belt sander", "57", 0.1),
    )),
    "Edges and finish": Shelf("P", "Lakma", 11, (
        ("GL-NOZZLE", "Glue nozzle, edge bander", "64", 0.2), ("GL-ROLL", "Glue roller", "118", 0.1), ("TR-KNIFE", "Trimming knife set", "46", 0.6),
        ("SC-BLADE", "Scraper blade", "18", 1), ("NZ-LAC-12", "Lacquer nozzle 1.2", "29", 0.7), ("LP-SEAL", "Spray pump seal set", "63", 0.3),
        ("FI-BOOTH", "Spray booth filter", "14", 6), ("UV-LAMP-80", "UV lamp 80 W/cm", "245", 0.2), ("VAC-POD-120", "Vacuum pod 120", "87", 0.1),
        ("HY-HOSE-10", "Hydraulic hose DN 10, 2 m", "36", 0.2), ("CL-PAD", "Clamp pad, carcass press", "9", 0.8),
    )),
}  # fmt: skip

SHELVES = {"north": BOTH | NORTH, "south": BOTH | SOUTH}


def kept(shelves: dict[str, Shelf]) -> list[Kept]:
    """All parts of these shelves, each in its bin: A-01-2 is the second level of the first rack."""
    return [
        Kept(
            sku, name, category, shelf.unit, Decimal(cost), weekly, shelf.supplier, shelf.lead_days, shelf.box,
            f"{shelf.letter}-{place // 4 + 1:02}-{place % 4 + 1}",
        )
        for category, shelf in shelves.items()
        for place, (sku, name, cost, weekly) in enumerate(shelf.rows)
    ]  # fmt: skip

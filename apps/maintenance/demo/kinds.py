"""What the demo's machines need again and again, and what goes wrong with them."""

# What is checked each month on every machine, and what the quarterly service does beside it.
MONTHLY = [
    {"description": "Look for leaks, loose guards and damaged cables", "kind": "check"},
    {"description": "Emergency stop stops the machine", "kind": "check"},
    {"description": "Clean the filters and the cabinet's fan", "kind": "check"},
]
QUARTERLY = [
    {"description": "Grease the bearings", "kind": "check"},
    {"description": "Temperature of the main bearing", "kind": "number", "unit": "°C", "min": 20, "max": 75},
    {"description": "Photo of the belts", "kind": "photo", "is_mandatory": False},
    {"description": "What should be done next time", "kind": "text", "is_mandatory": False},
]
HOURS = [
    {"description": "Run hours on the dial", "kind": "meter", "unit": "h"},
    {"description": "Change the oil", "kind": "check"},
    {"description": "Pressure after the change", "kind": "number", "unit": "bar", "min": 4, "max": 8},
]
YEARLY = [
    {"description": "Inspection by an expert: protocol is there", "kind": "check"},
    {"description": "Sticker renewed", "kind": "check"},
]

# (title, problem, cause, remedy, minutes it stood, minutes of work)
FAULTS = [
    ("Does not start", "stopped", "electric", "repaired", 95, 80),
    ("Grinding wheel vibrates", "noise", "wear", "replaced", 60, 75),
    ("Water leaks at the pump", "leak", "seal", "replaced", 45, 50),
    ("Stops with “overload”", "stopped", "dirt", "cleaned", 30, 35),
    ("Sensor does not see the sheet", "stopped", "sensor", "adjusted", 25, 30),
    ("Conveyor runs slowly", "slow", "adjustment", "adjusted", 0, 40),
    ("Edges are chipped", "quality", "wear", "replaced", 40, 55),
    ("Guard does not close", "unsafe", "wear", "repaired", 70, 60),
    ("Motor too hot", "hot", "lubrication", "lubricated", 50, 45),
    ("Shakes, no reason found", "noise", "not-found", "reset", 20, 30),
]

REPORTS = [
    ("It squeals when it starts, louder each day.", "normal", False),
    ("Oil on the floor behind the machine.", "high", False),
    ("The light above the operator's place flickers.", "low", False),
    ("It stands: nothing happens when I press start.", "critical", True),
]

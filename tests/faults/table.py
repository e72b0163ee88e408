"""What the faults did, as a table at the end of the run."""

HEAD = ("fault", "times", "answered", "sentences", "no answer", "sent again", "serves again after")


def record(node, load, times, recoveries) -> None:
    """Keep a test's figures for the table."""
    sentences = load.book[503] + load.book[507]
    again = sum(press.tries - 1 for press in load.pressed)
    worst = f"{max(recoveries):.1f} s" if recoveries else "at once"
    keep(node, [load.name, times, len(load.pressed), sentences, load.broken, again, worst])


def keep(node, row) -> None:
    """The same, of a fault without a load."""
    node.user_properties.append(("fault", row))


def write(terminal) -> None:
    """Print the table, if faults were injected."""
    reports = terminal.stats.get("passed", [])
    rows = [value for report in reports for name, value in report.user_properties if name == "fault"]
    if rows:
        terminal.section("faults survived")
        for row in [HEAD, tuple("-" * len(word) for word in HEAD), *rows]:
            terminal.write_line(f"| {' | '.join(map(str, row))} |")

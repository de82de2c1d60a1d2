"""Draws what the soak test measured over time, as SVG."""

WIDTH, PANEL, LEFT, RIGHT, TOP = 760, 130, 64, 96, 34
COLOURS = ("#1f6feb", "#d1571f")


def draw(samples, title):
    """`samples` are the rows of the run. Each panel starts at zero, so that flat lines are flat."""
    panels = [
        ("resident memory, MB", [("", [row["rss"] / 1e6 for row in samples])]),
        ("latency, ms", [("p50", [row["p50"] * 1e3 for row in samples]), ("p99", [row["p99"] * 1e3 for row in samples])]),
        ("processor time per request, µs", [("", [row["cpu"] * 1e6 for row in samples])]),
        ("worlds, open files", [
            ("worlds", [row["worlds"] for row in samples]),
            ("files", [row["files"] for row in samples]),
        ]),
    ]
    times = [row["at"] / 60 for row in samples]
    height = TOP + len(panels) * (PANEL + 30) + 20
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" viewBox="0 0 {WIDTH} {height}"'
        ' font-family="sans-serif" font-size="12" fill="#24292f">',
        f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>',
        f'<text x="{LEFT}" y="20" font-size="14">{title}</text>',
    ]
    for nth, (name, lines) in enumerate(panels):
        parts += panel(TOP + nth * (PANEL + 30), name, lines, times)
    parts += [f'<text x="{WIDTH - RIGHT}" y="{height - 6}" text-anchor="end">minutes</text>', "</svg>"]
    return "\n".join(parts) + "\n"


def panel(top, name, lines, times):
    most = ceiling(max(max(values) for _, values in lines))
    last = times[-1] or 1
    x = lambda at: LEFT + (WIDTH - LEFT - RIGHT) * at / last
    y = lambda value: top + PANEL - (PANEL - 18) * value / most
    yield f'<text x="{LEFT}" y="{top + 10}">{name}</text>'
    for value in (0, most / 2, most):
        yield f'<path d="M{LEFT} {y(value):.1f}H{WIDTH - RIGHT}" stroke="#d0d7de"/>'
        yield f'<text x="{LEFT - 6}" y="{y(value) + 4:.1f}" text-anchor="end">{value:g}</text>'
    for nth, (label, values) in enumerate(lines):
        points = " ".join(f"{x(at):.1f},{y(value):.1f}" for at, value in zip(times, values))
        yield f'<polyline points="{points}" fill="none" stroke="{COLOURS[nth]}" stroke-width="1.3"/>'
        if label:
            yield f'<text x="{WIDTH - RIGHT + 6}" y="{y(values[-1]) + 4:.1f}" fill="{COLOURS[nth]}">{label}</text>'
    for nth in range(5):
        at = last * nth / 4
        yield f'<text x="{x(at):.1f}" y="{top + PANEL + 14}" text-anchor="middle" fill="#57606a">{at:.3g}</text>'


def ceiling(value):
    """The next of 1, 2, 3, 4, 6, 8 times a power of ten."""
    power = 1e-6
    while True:
        for step in (1, 2, 3, 4, 6, 8):
            if step * power >= value:
                return step * power
        power *= 10

#!/usr/bin/env python3
"""Turns what tools/bench measured into a page: report.py RESULTS PAGE. RESULTS holds one file of JSON lines a part."""
import json
import pathlib
import re
import statistics
import sys

# label: (what, aim of operations a second, aim of CPU ms an operation, kube-apiserver's ops/s, p50 / p99, CPU ms)
API = {
    "create-configmap-1": ("create ConfigMap (1 KB), 1 client", "p50 2.5 ms", "", "226", "4.0 / 11", "4.6"),
    "create-configmap-64": ("… 64 clients", "2,500", "0.5", "852", "67 / 215", "1.95"),
    "create-configmap-256": ("… 256 clients", "", "", "925", "220 / 965", "1.8"),
    "create-pod-64": ("create Pod (2 KB), 64 clients", "", "", "428", "132 / 396", "4.2"),
    "get-configmap-64": ("get ConfigMap, 64 clients", "6,000", "0.15", "2,128", "28 / 73", "0.74"),
    "get-pod-64": ("get Pod, 64 clients", "", "", "1,507", "40 / 104", "1.06"),
    "patch-status-64": ("merge-patch of pod status, 64 clients", "1,500", "0.7", "289", "198 / 491", "6.2"),
    "update-16": ("read-modify-write, 16 clients", "", "", "373", "40 / 97", "4.2"),
    "mixed-64": ("mixed, 64 clients", "", "", "393", "133 / 547", "4.5"),
    "list-1": ("list of 5,000 pods, 1 client", "8", "120", "1.4", "674 / –", "840"),
    "list-4": ("… 4 clients", "", "", "2.4", "", ""),
    "watch-50": ("100 watchers, 50 writes/s, a delivery", "p99 20 ms", "0.03", "4,984", "15 / 81", "0.19"),
    "watch-flat-out": ("100 watchers, 8 writers flat out, a delivery", "", "", "7,463", "361 / 1,392", ""),
}


class Results:
    def __init__(self, folder):
        self.lines = {}
        for path in sorted(folder.glob("*.jsonl")):
            self.lines[path.stem] = [json.loads(line) for line in path.read_text().splitlines() if line.strip()]
        self.machine = json.loads((folder / "machine.json").read_text())

    def find(self, part, **wanted):
        return [line for line in self.lines.get(part, []) if all(line.get(key) == value for key, value in wanted.items())]

    def one(self, part, **wanted):
        return (self.find(part, **wanted) or [None])[-1]


def number(value):
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def table(head, rows):
    if not rows:
        return "Not measured.\n"
    lines = ["| " + " | ".join(head) + " |", "| " + " | ".join("---" for _ in head) + " |"]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows]) + "\n"


def appends(results):
    copies = [float(found[1]) for line in results.find("limits", measure="copy")
              if (found := re.search(r"ev/s=\s*([0-9.]+)", line["line"]))]
    if not copies:
        return "Not measured.\n"
    bare = statistics.median(copies)
    rows = [["bare COPY, batch 20,000 (the denominator)", number(bare), "1.00", "", ""]]
    for size in (1, 64, 256, 1024):
        found = results.find("limits", measure="append", batch=size)
        if found:
            rate = statistics.median(line["events_per_s"] for line in found)
            rows.append([f"append, batch {size:,}", number(rate), f"{rate / bare:.3f}" if size == 1 else f"{rate / bare:.2f}", "0.40" if size == 256 else "",
                         f"{statistics.median(line['commit_p50_ms'] for line in found):.1f} / "
                         f"{statistics.median(line['commit_p99_ms'] for line in found):.1f}"])
    return table(["one connection, 1 KB payloads", "events/s", "of COPY", "aim", "commit p50 / p99, ms"], rows)


def calls(results):
    rows = []
    for label, (what, aim, aim_cpu, kube, kube_latency, kube_cpu) in API.items():
        line = results.one("api", label=label)
        if not line:
            continue
        watching = label.startswith("watch")
        count, rate = (line["delivered"], line["delivered_per_s"]) if watching else (line["ops"], line["ops_per_s"])
        cpu = [max(line[name]["cpu_s"], 0) * 1000 / max(count, 1) for name in ("server", "postgres")]
        latency = line["lat_ms"]
        errors = line["errors"] + line.get("missing", 0)
        rows.append([
            what, number(rate) + (f" ({errors} errors)" if errors else ""), aim, kube,
            f"{number(latency.get('p50', 0))} / {number(latency.get('p99', 0))}", kube_latency,
            f"{number(cpu[0])} + {number(cpu[1])} = {number(sum(cpu))}", aim_cpu, kube_cpu])
    return table(["call", "a second", "aim", "kube", "p50 / p99, ms", "kube", "CPU, ms: server + PostgreSQL", "aim", "kube"],
                 rows)


def others(results):
    rows = []
    for name, what, aim in (("replay-read", "replay: rows read from PostgreSQL", ""),
                            ("replay-evolve", "replay: read and folded into the state", "200,000 events/s")):
        if line := results.one("replay", measure=name):
            rows.append([f"{what}, {line['events']:,} events", f"{number(line['events_per_s'])} events/s", aim, ""])
    for name, what in (("ready-first", "start to ready, empty log"), ("ready-again", "start to ready, after the load above")):
        if line := results.one("api", measure=name):
            rows.append([what, f"{line['seconds']:.2f} s", "1.5 s", "6 to 7 s"])
    for label, what, aim, kube in (("fresh", "memory, fresh", "", "341 MB"),
                                   ("pods-10000", "memory with 10,000 pods", "300 MB", "961 MB")):
        if line := results.one("memory", label=label):
            parts = [line[name]["pss_mb"] for name in ("server", "postgres")]
            rows.append([f"{what}: server + PostgreSQL (PSS)",
                         f"{parts[0]:.0f} + {parts[1]:.0f} = {sum(parts):.0f} MB", aim, kube])
    if line := results.one("pods", label="agent-10000"):
        rows.append(["memory of the node agent, 10,000 pods in the cluster", f"{line['agent']['pss_mb']:.0f} MB", "", ""])
    if line := results.one("pods", measure="pod-start"):
        more = line["purser_p50_ms"] - line["bare_p50_ms"]
        rows.append(["pod start, p50: Purser / bare CRI calls / difference",
                     f"{line['purser_p50_ms']:.0f} / {line['bare_p50_ms']:.0f} / {more:.0f} ms", "150 ms difference", ""])
    return table(["", "Purser", "aim", "kube"], rows)


def latency(line):
    return f"{line['read_p50_ms']:.1f} / {line['read_p99_ms']:.1f}" if line else ""


def record(results):
    log = results.one("record", measure="log")
    if not log:
        return ""
    reads, pages, rest = [], [], []
    for name, what, aim in (("past-object", "an object", "10"),
                            ("past-namespace", "a namespace of 200 objects", "100"),
                            ("past-namespace-far", "… of 4 KB, changed by 1.5 KB, 31 changes behind the keyframe", "100"),
                            ("served-namespace", "a namespace of 200 objects, through the API", "100"),
                            ("served-namespace-far", "… of 4 KB, changed by 1.5 KB, 31 changes behind the keyframe", "100")):
        if line := results.one("record", measure=name):
            reads.append([what, latency(line), aim])
    for name, what in (("object", "of an object"), ("namespace", "of a namespace (1 event in 250)"),
                       ("person", "of a caller (1 event in 10,000)"), ("node", "of a node (1 event in 10,000)"),
                       ("cluster", "of everything")):
        lines = [results.one("record", measure=f"history-{name}-{place}") for place in ("newest", "anywhere", "oldest")]
        if any(lines):
            pages.append([what] + [latency(line) for line in lines])
    for name, what in (("fill", "append, batch 2,048"), ("replay", "`purser replay`, from the first event"),
                       ("verify", "`purser audit verify`, all from the stored bytes")):
        if line := results.one("record", measure=name):
            memory = f", {line['peak_rss_mb']:.0f} MB of memory" if "peak_rss_mb" in line else ""
            rest.append([what, f"{number(line['events_per_s'])} events/s ({line['seconds']:.0f} s){memory}", ""])
    for name, what, aim in (
            ("ready-without-snapshot", "start to ready without a snapshot: all events are replayed", ""),
            ("tree", "the log's tree built and its head signed after that, no tile being stored before", ""),
            ("ready-with-snapshot", "start to ready with a snapshot", "seconds")):
        if line := results.one("record", measure=name):
            rest.append([what, f"{line['seconds']:.1f} s", aim])
    return f"""
## A long history

A log of {log["events"]:,} events ({log["table_mb"] / 1000:.1f} GB with its indexes), as `tools/fixture` makes it: 50,000 pods of 2.5 KB in
namespaces of 200, revised at random by changes of 256 bytes: one in 16 of the metadata, one of the spec, the others of
the status.

""" + table(["as of a random position, ms", "p50 / p99", "aim"], reads) + "\n" + table(
        ["100 events, newest first, p50 / p99 in ms", "from the newest thousandth on", "from anywhere on", "from the oldest tenth on"],
        pages) + "\n" + table(["", "", "aim"], rest)


def raw(results):
    out = []
    for part, lines in results.lines.items():
        text = "\n".join(json.dumps(line, separators=(",", ":")) for line in lines)
        out.append(f"<details><summary>{part}</summary>\n\n```json\n{text}\n```\n\n</details>\n")
    return "\n".join(out)


def page(results):
    machine = results.machine
    runs = {part: results.one(part, measure="run") or {} for part in results.lines}
    hasty = [part for part, run in runs.items() if run.get("quick")]
    quick = f"\n**Measured with --quick, for looking at only: {', '.join(hasty)}.**\n" if hasty else ""
    busy = [f"{part} {run['busy_before']:.0%}" for part, run in runs.items() if run.get("busy_before", 0) > 0.1]
    if busy:
        quick += (f"\n**Other programs kept the machine busy when parts began (CPU time: {', '.join(busy)}): rates are too"
                  " low and latencies too long; measure again on a quiet machine.**\n")
    dates = ", ".join(sorted({run["date"] for run in runs.values() if run}))
    note = pathlib.Path(__file__).with_name("limits.md").read_text()
    return f"""# Performance

<!-- Written by tools/bench. -->

Measured on {dates} by `tools/bench` on {machine["cores"]} cores ({machine["cpu"]}), Linux {machine["kernel"]},
PostgreSQL {machine["postgres"]} on a {machine["disk"]} file system, with fsync and synchronous_commit on and every read
recorded in the log. The client runs on the same cores, so rates are lower bounds; the CPU time an operation costs the
server and PostgreSQL (from /proc) says more. The columns "kube" are kube-apiserver 1.20.2 with etcd 3.4 on the same kind
of machine and by the same load generator, `tools/bench.d/kload`. Compare ratios, not absolutes: other programs on the
machine show in `other_cpu_s` and `steal_s` of the lines below, and in `busy_before`, the share of the CPU time
that others used when a part began.
{quick}
## The log

{appends(results)}
## The API

Over HTTPS and HTTP/2. A delivery is one event to one watcher.

{calls(results)}
## Replay, start, memory, pods

{others(results)}
{record(results)}
{note}
## As measured

{raw(results)}"""


def main(folder, path):
    text = page(Results(pathlib.Path(folder)))
    pathlib.Path(path).write_text(text)
    print(text.split("## As measured")[0])
    print(f"written to {path}")


main(*sys.argv[1:])

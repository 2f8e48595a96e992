"""CPU and memory of processes, and of the machine, from /proc."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

TICKS_PER_S = os.sysconf("SC_CLK_TCK")
KIB_PER_MIB = 1024
RSS_PARTS = (("VmRSS", 1), ("RssShmem", -1))


@dataclass(frozen=True, slots=True)
class ProcessUsage:
    """CPU seconds since the start of the processes, and memory now, without what they share with each other."""

    cpu_s: float
    rss_mib: float


@dataclass(frozen=True, slots=True)
class MachineTime:
    """Seconds of all cores since boot."""

    busy_s: float
    total_s: float

    def share_since(self, before: "MachineTime") -> float:
        """The busy share since then, 0..1."""
        total = self.total_s - before.total_s
        return (self.busy_s - before.busy_s) / total if total > 0 else 0.0


def usage_of(pids: list[int]) -> ProcessUsage:
    """The usage of processes; those that have ended count nothing."""
    cpu_s = rss_kib = 0.0
    for pid in pids:
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            status = Path(f"/proc/{pid}/status").read_text().splitlines()
        except (FileNotFoundError, ProcessLookupError):
            continue
        cpu_s += (int(fields[11]) + int(fields[12])) / TICKS_PER_S
        # Every backend of PostgreSQL maps the same buffers.
        sizes = {line.partition(":")[0]: line for line in status if line.startswith(("VmRSS", "RssShmem"))}
        rss_kib += sum(int(sizes[name].split()[1]) * sign for name, sign in RSS_PARTS if name in sizes)
    return ProcessUsage(cpu_s, rss_kib / KIB_PER_MIB)


def with_children(pid: int) -> list[int]:
    """The process and all its descendants."""
    found = [pid]
    for one in found:  # the list grows while it is read
        try:
            found += [int(child) for child in Path(f"/proc/{one}/task/{one}/children").read_text().split()]
        except (FileNotFoundError, ProcessLookupError):
            continue
    return found


def backends_of(database: str) -> list[int]:
    """The processes of a PostgreSQL server on this machine that serve a database; their title names it."""
    found = []
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            title = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode("latin-1")
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            continue
        if title.startswith("postgres:") and f" {database} " in title:
            found.append(int(folder.name))
    return found


def usages(pids: Mapping[str, int], *, database: str = "") -> dict[str, ProcessUsage]:
    """The usage of each named process with its children, and of the database's backends."""
    found = {name: usage_of(with_children(pid)) for name, pid in pids.items()}
    return found | {"PostgreSQL": usage_of(backends_of(database))} if database else found


def machine_time() -> MachineTime:
    fields = [int(field) / TICKS_PER_S for field in Path("/proc/stat").read_text().split("\n")[0].split()[1:9]]
    idle = fields[3] + fields[4]  # idle, and waiting for a disk
    return MachineTime(sum(fields) - idle, sum(fields))

"""Prometheus metrics of the real-time layer."""

from prometheus_client import Counter, Gauge

SOCKETS = Gauge("presence_sockets", "Open sockets of this process", multiprocess_mode="livesum")
JOINS = Counter("presence_joins", "Topics joined", ["outcome"])  # ok | refused
REVOCATIONS = Counter("presence_revocations", "Channels closed because their member lost the right to them")
FRAMES_OUT = Counter("presence_frames_out", "Frames sent to clients")
QUEUE_DROPS = Counter("presence_queue_drops", "Clients disconnected because they did not read")
RESYNCS = Counter("presence_resyncs", "Topics re-read after a gap", ["layer"])  # hub | tracker | facts
TRACKER_LAG = Gauge("presence_tracker_lag", "Topics behind the store at the last audit", multiprocess_mode="livemax")

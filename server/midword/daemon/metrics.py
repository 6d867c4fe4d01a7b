"""`midword daemon --metrics HOST:PORT`: counts and timings, for Prometheus on this machine.

Whoever asks sees how many windows, lists and passes there were and how long they took; no text, no
names of documents or folders. It is read only, over GET, and a web page can't read it: `Host` must
be this machine, so that no name that was rebound to it will do.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Any
from urllib.parse import urlsplit
from wsgiref.simple_server import WSGIRequestHandler, make_server

from midword import logs
from midword.addresses import is_loopback
from midword.errors import UserError
from midword.lsp.reception import check_loopback

_PATIENCE = 5.0  # seconds in which a visitor says what it wants

Report = Callable[[], dict[str, Any]]


def serve(host: str, port: int, report: Report) -> None:
    """Answer in a thread of its own, for the process's life.

    Args:
        host: an address of this machine.
        port: 0 for any; it is said on stderr.
        report: how the daemon fares; called in that thread.

    Raises:
        UserError: it can't listen there, or prometheus-client is missing.
    """
    check_loopback(host)
    try:
        from prometheus_client import CollectorRegistry, make_wsgi_app
    except ImportError as error:
        needed = '--metrics needs prometheus-client: pip install "midword[metrics]"'
        raise UserError(needed) from error
    registry = CollectorRegistry()
    registry.register(_collector(report))
    app = make_wsgi_app(registry)

    def guarded(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] != "GET":
            start("405 Method Not Allowed", [("Allow", "GET")])
            return []
        if not is_loopback(_host(environ)):
            start("403 Forbidden", [])
            return []
        if environ["PATH_INFO"] != "/metrics":
            start("404 Not Found", [])
            return []
        answer: Iterable[bytes] = app(environ, start)
        return answer

    try:
        server = make_server(host, port, guarded, handler_class=_Handler)
    except OSError as error:
        raise UserError(f"can't listen on {host}:{port}: {error.strerror}") from error
    logs.say(f"metrics on http://{host}:{server.server_port}/metrics")
    threading.Thread(target=server.serve_forever, name="midword-metrics", daemon=True).start()


def _host(environ: dict[str, Any]) -> str:
    """Whom a visitor says that it asks; "" where that is nonsense."""
    try:
        return urlsplit(f"//{environ.get('HTTP_HOST', '')}").hostname or ""
    except ValueError:
        return ""


class _Handler(WSGIRequestHandler):
    timeout = _PATIENCE

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: it would quote what visitors send."""


def _collector(report: Report) -> Any:
    from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
    from prometheus_client.registry import Collector

    class Midword(Collector):
        def collect(self) -> Iterator[Metric]:
            now = report()
            gauges = {
                "midword_windows": ("Windows open now.", len(now["windows"])),
                "midword_documents": (
                    "Documents open now.",
                    sum(window["documents"] for window in now["windows"]),
                ),
                "midword_resident_bytes": ("Memory held.", 1e6 * now["memoryMegabytes"]),
                "midword_uptime_seconds": ("Since the start.", now["uptimeSeconds"]),
            }
            for name, (meaning, value) in gauges.items():
                yield GaugeMetricFamily(name, meaning, value=value)
            labels = ["model"]
            ready = GaugeMetricFamily("midword_model_ready", "Whether it is loaded.", labels=labels)
            passes = CounterMetricFamily("midword_passes", "Times it was run.", labels=labels)
            lists = CounterMetricFamily(
                "midword_lists", "Lists, by whether they cost a pass.", labels=[*labels, "pass"]
            )
            wait = GaugeMetricFamily(
                "midword_list_seconds", "The latest lists.", labels=[*labels, "quantile"]
            )
            for model in now["models"]:
                name = model["model"] or ""
                ready.add_metric([name], float(model["state"] == "ready"))
                passes.add_metric([name], model["passes"])
                for kind, key in (("no", "hits"), ("yes", "misses")):
                    lists.add_metric([name, kind], (model["cache"] or {}).get(key, 0))
                for quantile, key in (("0.5", "p50"), ("0.95", "p95")):
                    if model["latencyMs"]:
                        wait.add_metric([name, quantile], model["latencyMs"][key] / 1000)
            yield from (ready, passes, lists, wait)

    return Midword()

"""A server for a team as one would write it in an afternoon: HTTP around `pipeline("fill-mask")`.

What `bench_remote.py` compares with: `naive_http.py MODEL PORT`. A request is a text with a mask,
the answer its hundred likeliest words as JSON; a thread for each connection, one core for torch.
"""

import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import torch
import transformers

torch.set_num_threads(1)
pipeline = transformers.pipeline(
    "fill-mask", model=sys.argv[1], device="cpu", dtype=torch.float32, top_k=100
)
one_at_a_time = threading.Lock()  # threads in torch at once would slow each other


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        text = self.rfile.read(int(self.headers["Content-Length"])).decode()
        with one_at_a_time:
            found = [(word["token_str"], word["score"]) for word in pipeline(text)]
        body = json.dumps(found).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


class Server(ThreadingHTTPServer):
    request_queue_size = 128


Server(("127.0.0.1", int(sys.argv[2])), Handler).serve_forever()

#!/usr/bin/env python3
"""hostile.py HOST CAPTURED [REQUESTS [SEED]]: sends broken requests to the program HOST, from raw sockets.

CAPTURED is a folder of requests NAME.http and NAME.body, which are damaged: bits, lengths, chunks, inflated
and packed again, sent in part. The port of gRPC gets damaged HTTP/2. Meant for a build with sanitizers. Fails
if the host dies, prints something, answers 500 or nothing, does not stop when told, or leaves a damaged
store. Prints how often it answered what.
"""

import collections
import gzip
import pathlib
import random
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import zlib

THREADS = 8
LIMITS = ["--idle-time", "10", "--sending-time", "2", "--request-time", "20", "--flush", "20"]
LIMITS += ["--body-limit", "4194304"]

TYPE = "type=process_cpu:cpu:nanoseconds:cpu:nanoseconds&match=%7Bregion=%22eu%22%7D"
RANGE = "from=1795696000000&until=1795697000000"
QUERY = "uery=process_cpu:cpu:nanoseconds:cpu:nanoseconds%7Bregion=%22eu%22%7D"
PAGES = [
    f"/?{RANGE}",
    f"/pprof?{TYPE}&{RANGE}",
    f"/flame?{TYPE}&{RANGE}",
    f"/diff?{TYPE}&{RANGE}",
    f"/pyroscope/render?q{QUERY}&{RANGE}&maxNodes=10&groupBy=pod",
    f"/pyroscope/render-diff?leftQ{QUERY}&leftFrom=1795696000000&rightQ{QUERY}&rightUntil=1795697000000",
]


def read_captured(folder):
    """Pairs of a head's lines and a body; pages have none."""
    requests = [([f"GET {page} HTTP/1.1", "X-Scope-Orgid: team-a"], b"") for page in PAGES]
    for head in sorted(folder.glob("*.http")):
        lines = head.read_text().strip().split("\n")
        if "HTTP/2" not in lines[0]:
            requests.append((lines, head.with_suffix(".body").read_bytes()))
    return requests


def flip(rng, data):
    """Some bytes changed, removed or repeated."""
    data = bytearray(data)
    for _ in range(rng.choice([1, 1, 2, 8, 64])):
        if not data:
            break
        at = rng.randrange(len(data))
        kind = rng.randrange(5)
        if kind == 0:
            data[at] ^= 1 << rng.randrange(8)
        elif kind == 1:
            data[at] = rng.choice([0, 1, 0x7F, 0x80, 0xFF])
        elif kind == 2:
            del data[at : at + rng.randrange(1, 16)]
        elif kind == 3:
            data[at:at] = data[at : at + rng.randrange(1, 200)] * rng.choice([1, 2, 50])
        else:
            data[at:at] = b"\xff" * rng.randrange(1, 11)
    return bytes(data)


def inflated(data):
    """The parts before, in and after the first gzip member, or nothing."""
    at = data.find(b"\x1f\x8b\x08")
    if at < 0:
        return None
    inflater = zlib.decompressobj(31)
    try:
        content = inflater.decompress(data[at:])
    except zlib.error:
        return None
    return data[:at], content, inflater.unused_data


def damage_body(rng, body):
    parts = inflated(body)
    if parts and rng.random() < 0.7:
        before, content, after = parts
        if rng.random() < 0.05:
            content = bytes(20_000_000)
        else:
            content = flip(rng, content)
        return before + gzip.compress(content, 1) + after
    return flip(rng, body)


def chunked(rng, body):
    out = b""
    while body:
        size = min(len(body), rng.choice([1, 7, 1000, 100000]))
        stated = b"%x" % size if rng.random() < 0.95 else rng.choice([b"-1", b"ffffffffffffffff", b"zz", b"0", b""])
        out += stated + rng.choice([b"", b";a=b"]) + b"\r\n" + body[:size] + b"\r\n"
        body = body[size:]
    return out + rng.choice([b"0\r\n\r\n", b"0\r\n\r\n", b"0\r\nA: b\r\n\r\n", b""])


def http_request(rng, captured):
    lines, body = rng.choice(captured)
    if rng.random() < 0.8:
        body = damage_body(rng, body)
        if lines[0].startswith("GET "):
            target = flip(rng, lines[0][4:-9].encode()).decode("latin-1")
            lines = [f"GET {target} HTTP/1.1", *lines[1:]]
    lines = [line for line in lines if not line.lower().startswith("content-length:")]
    if rng.random() < 0.2:
        types = ["application/json", "application/proto", "application/x-protobuf", "multipart/form-data", "text/plain"]
        lines = [line for line in lines if not line.lower().startswith("content-type:")]
        lines.append("Content-Type: " + rng.choice(types))
    length = str(len(body))
    if rng.random() < 0.1:
        length = rng.choice(["-1", "0", "1", "99999999999999999999", str(len(body) + 1), "1 2", "0x10"])
    if rng.random() < 0.15:
        lines.append("Transfer-Encoding: chunked")
        body = chunked(rng, body)
    else:
        lines.append("Content-Length: " + length)
    head = "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n"
    if rng.random() < 0.1:
        head = flip(rng, head)
    return head + body


def frame(kind, flags, stream, payload):
    return struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + payload


def grpc_request(rng, message):
    """A call of Export in HTTP/2, by literal headers."""
    headers = [
        (b":method", b"POST"),
        (b":scheme", b"http"),
        (b":path", b"/opentelemetry.proto.collector.profiles.v1development.ProfilesService/Export"),
        (b":authority", b"a"),
        (b"content-type", b"application/grpc"),
        (b"te", b"trailers"),
        (b"grpc-encoding", b"gzip"),
    ]
    block = b"".join(b"\0" + bytes([len(n)]) + n + bytes([len(v)]) + v for n, v in headers)
    if rng.random() < 0.8:
        parts = inflated(message)
        packed = gzip.compress(flip(rng, parts[1]), 1)
        message = b"\1" + struct.pack(">I", len(packed)) + packed
    call = frame(4, 0, 0, b"") + frame(1, 4, 1, block) + frame(0, 1, 1, message)
    if rng.random() < 0.5:
        call = flip(rng, call)
    return b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + call


def send(rng, address, request):
    """The status of the answer; "left" if the client did not wait, "closed" if there is none, "hung" if none came."""
    with socket.create_connection(address, timeout=60) as client:
        try:
            if rng.random() < 0.1:
                client.sendall(request[: rng.randrange(len(request))])
                if rng.random() < 0.9:
                    return "left"
            else:
                client.sendall(request)
            answer = client.recv(65536)
        except ConnectionError:
            return "closed"
        except TimeoutError:
            return "hung"
    if answer.startswith(b"HTTP/1.1 "):
        return answer[9:12].decode()
    return "frames" if answer else "closed"


class Run:
    def __init__(self, host, captured, count, seed):
        self.captured = read_captured(captured)
        self.message = (captured / "otelcol-grpc.body").read_bytes()
        self.count, self.seed = count, seed
        self.answers = collections.Counter()
        self.lock = threading.Lock()
        self.work = tempfile.TemporaryDirectory()
        self.log = open(pathlib.Path(self.work.name) / "log", "w+", errors="replace")
        flags = ["--store", self.work.name + "/store", "--http", "127.0.0.1:0", "--grpc", "127.0.0.1:0"]
        self.host = subprocess.Popen([host, *flags, *LIMITS], stdout=subprocess.PIPE, stderr=self.log, text=True)
        self.http = ("127.0.0.1", int(self.host.stdout.readline().rsplit(":", 1)[1]))
        self.grpc = ("127.0.0.1", int(self.host.stdout.readline().split()[-1]))

    def attack(self, thread):
        rng = random.Random(self.seed * THREADS + thread)
        for _ in range(self.count // THREADS):
            if rng.random() < 0.15:
                answer = "gRPC " + send(rng, self.grpc, grpc_request(rng, self.message))
            else:
                answer = send(rng, self.http, http_request(rng, self.captured))
            with self.lock:
                self.answers[answer] += 1

    def peak(self):
        status = pathlib.Path(f"/proc/{self.host.pid}/status").read_text()
        return next(int(line.split()[1]) // 1024 for line in status.split("\n") if line.startswith("VmHWM"))

    def damaged_tenants(self):
        """What the tool beside the host, if it is there, finds in the store."""
        tool = pathlib.Path(self.host.args[0]).with_name("dolerite")
        tenants = sorted(pathlib.Path(self.work.name).glob("store/tenants/*"))
        if not tool.exists() or not tenants:
            return []
        verified = subprocess.run([tool, "verify", *tenants], capture_output=True, text=True)
        return [] if verified.returncode == 0 else [verified.stdout + verified.stderr]

    def __call__(self):
        threads = [threading.Thread(target=self.attack, args=(t,)) for t in range(THREADS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        faults = []
        if send(random.Random(1), self.http, b"GET /ready HTTP/1.1\r\nHost: a\r\n\r\n") != "200":
            faults.append("is not ready")
        print(f"peak of memory: {self.peak()} MiB")
        self.host.send_signal(signal.SIGTERM)
        try:
            code = self.host.wait(60)
        except subprocess.TimeoutExpired:
            self.host.kill()
            code = "none: it does not stop"
        if code != 0:
            faults.append(f"exit code {code}")
        self.log.seek(0)
        report = self.log.read()
        if report:
            faults.append("says: " + report[:2000])
        faults += self.damaged_tenants()
        faults += [answer for answer in ("500", "hung", "gRPC hung") if self.answers[answer]]
        for answer, count in sorted(self.answers.items()):
            print(f"{answer:12} {count:8}")
        print(f"seed {self.seed}: " + ("; ".join(faults) or "sound"))
        return 1 if faults else 0


def main():
    host, captured = sys.argv[1], pathlib.Path(sys.argv[2])
    count, seed = (int(value) for value in [*sys.argv[3:], *["20000", "1"][len(sys.argv) - 3 :]])
    sys.exit(Run(host, captured, count, seed)())


if __name__ == "__main__":
    main()

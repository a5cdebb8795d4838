"""Pushes CPU profiles of itself with Pyroscope's Python SDK: pyroscope_python.py ADDRESS SECONDS."""

import hashlib
import sys
import time

import pyroscope


def burn_processor(until):
    digest = b""
    while time.monotonic() < until:
        for _ in range(1000):
            digest = hashlib.sha256(digest).digest()


def main():
    address, seconds = sys.argv[1:]
    pyroscope.configure(
        application_name="python.client",
        server_address=f"http://{address}",
        tags={"region": "eu"},
        tenant_id="clients",
        upload_interval=2,
    )
    burn_processor(time.monotonic() + float(seconds))
    pyroscope.shutdown()


main()

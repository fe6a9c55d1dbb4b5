"""A client that names headers in bytes that are no UTF-8, as clients of other languages can: run as a process of its
own, because only the library's slower half lets it through. `odd_client.py BOOTSTRAP TOPIC KEY VALUE...`"""

import asyncio
import os
import sys

os.environ["AIOKAFKA_NO_EXTENSIONS"] = "1"

from aiokafka import AIOKafkaProducer  # type: ignore[import-untyped]


class Name(str):
    """A header's name that is sent as other bytes."""

    def encode(self, *_: object) -> bytes:
        """No UTF-8."""
        return b"\xff\xfe"


async def main(bootstrap: str, topic: str, key: str, *values: str) -> None:
    """Send the values in one batch, every second one with such a header."""
    async with AIOKafkaProducer(bootstrap_servers=bootstrap, linger_ms=200) as producer:
        sent = []
        for number, value in enumerate(values):
            headers = [(Name("odd"), b"x")] if number % 2 else []
            sent.append(await producer.send(topic, value.encode(), key=key.encode(), headers=headers))
        await asyncio.gather(*sent)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))

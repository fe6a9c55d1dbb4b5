"""Creates what services share, before any of them starts: `python -m desk_deploy.up.init_shared`.

By the services' own variables: the topics on DESK_KAFKA, the key of tokens at DESK_TOKEN_KEY, and, when
DESK_SIGNING_KEY is a folder, a key for each service there with its public key in DESK_SIGNING_KEYS.
"""

import asyncio
import os
import sys

from aiokafka.errors import KafkaError  # type: ignore[import-untyped]

from desk.http.auth.verification_keys import KeyProblem, load_or_create_key
from desk.settings import Settings, SettingsError
from desk.signing.keys import create_keys
from desk_deploy.kafka.topics import TopicError, ensure_topics


def prepare(settings: Settings) -> None:
    """Create missing topics and keys, and check existing topics. Idempotent."""
    if settings.bus == "kafka" and settings.kafka:
        asyncio.run(ensure_topics(settings.kafka, access=settings.kafka_access()))
    if settings.token_key:
        load_or_create_key(settings.token_key)
    if settings.signing_key and settings.signing_keys and settings.signing_key.is_dir():
        create_keys(settings.signing_key, settings.signing_keys)


if __name__ == "__main__":
    try:
        prepare(Settings.from_env(os.environ))
    except (SettingsError, TopicError, KafkaError, KeyProblem, OSError) as problem:
        sys.exit(str(problem))

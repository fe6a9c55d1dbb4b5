"""Creates what services share, before any of them starts: `python -m desk_deploy.up.init_shared`.

By the services' own variables: the topics on DESK_KAFKA, the signing key at DESK_TOKEN_KEY.
"""

import asyncio
import os
import sys

from aiokafka.errors import KafkaError  # type: ignore[import-untyped]

from desk.http.auth.verification_keys import KeyProblem, load_or_create_key
from desk.settings import Settings, SettingsError
from desk_deploy.kafka.topics import TopicError, ensure_topics


def prepare(settings: Settings) -> None:
    """Create missing topics and the signing key, and check existing ones. Idempotent."""
    if settings.bus == "kafka" and settings.kafka:
        asyncio.run(ensure_topics(settings.kafka, access=settings.kafka_access()))
    if settings.token_key:
        load_or_create_key(settings.token_key)


if __name__ == "__main__":
    try:
        prepare(Settings.from_env(os.environ))
    except (SettingsError, TopicError, KafkaError, KeyProblem, OSError) as problem:
        sys.exit(str(problem))
